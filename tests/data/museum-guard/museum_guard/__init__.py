"""An environment for Safety Envs, as another package adds it."""
