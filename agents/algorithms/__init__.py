"""Learning algorithms of our own."""
