"""Tests: they assert behaviour, against something independent wherever there is such a thing."""
