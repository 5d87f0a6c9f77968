"""Adapters for other APIs, derived from a configuration. None depends on an environment."""
