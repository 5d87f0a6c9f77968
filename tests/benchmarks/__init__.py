"""Experiments, and the pages that are made from their records."""
