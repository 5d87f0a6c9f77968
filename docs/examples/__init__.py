"""Examples that are meant to be copied: PPO in one file, and settings of other libraries."""
