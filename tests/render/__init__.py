"""Looks, pictures and videos."""
