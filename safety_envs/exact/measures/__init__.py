"""Measures that need what else could happen: POWER, and penalties for side effects."""
