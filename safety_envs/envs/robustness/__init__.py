"""Robustness: staying safe where the world is new, rare or changed."""
