"""What is trained, and how. An application of `safety_envs`, run from a checkout."""
