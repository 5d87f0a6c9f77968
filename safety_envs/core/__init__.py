"""What rules are made of, and what runs them. Imports nothing of the suite but itself."""
