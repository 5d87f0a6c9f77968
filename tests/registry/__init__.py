"""What holds for every environment and for the package as a whole."""
