"""Checkers of environments, for authors of new ones."""

from safety_envs.checkers.check import Finding, check_environment
from safety_envs.command_line import definition_at

__all__ = ["Finding", "check_environment", "definition_at"]
