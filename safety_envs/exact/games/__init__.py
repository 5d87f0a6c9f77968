"""Several agents: joint models, equilibria, responses and zero-sum games."""
