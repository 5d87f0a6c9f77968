"""Rendered rollouts, and the commands that make them."""
