"""Episodes as values."""
