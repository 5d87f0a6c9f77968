"""The foundry of levels."""
