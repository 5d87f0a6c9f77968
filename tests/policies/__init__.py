"""Named policies."""
