"""Systemic: what goes wrong, or is held up, between several agents."""
