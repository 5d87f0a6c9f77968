"""Exact analysis: models enumerated from the very rules that the simulator runs, and solved."""
