"""Tabular learners of one agent, compiled, on the exact model of an environment."""
