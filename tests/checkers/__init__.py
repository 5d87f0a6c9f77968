"""The checkers of an author's environment."""
