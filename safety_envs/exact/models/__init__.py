"""Models: what can happen, enumerated from the rules, and what an agent knows of it."""
