"""Learners, their runs and their records."""
