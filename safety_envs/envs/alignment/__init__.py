"""Alignment: proxies, side effects, power."""
