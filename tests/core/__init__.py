"""What a definition is made of, and what runs it."""
