"""Experiments as values, the runner that carries them out, and the records that they leave."""
