"""Given policies: what they reach and are paid, its distribution, and their worst case."""
