"""Monitoring: telling what a system does when nobody looks."""
