"""The commands of `python -m safety_envs`, and their answers to wrong input."""
