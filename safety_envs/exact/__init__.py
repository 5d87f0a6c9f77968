"""Exact analysis: enumerates models from the simulator's own rules, and solves them."""
