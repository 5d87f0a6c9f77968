"""Optima of one agent: values, plans, curves and exploits."""
