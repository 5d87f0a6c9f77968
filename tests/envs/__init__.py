"""Environments: their rules and certificates, against independent models and their sources."""
