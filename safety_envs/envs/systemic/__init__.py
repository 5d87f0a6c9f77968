"""Systemic safety: hazards of cooperation, and defence."""
