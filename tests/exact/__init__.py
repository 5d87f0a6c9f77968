"""Exact analysis: certificates, equilibria, planners, curves."""
