"""One file per API. Each is derived from a configuration; none knows an environment."""
