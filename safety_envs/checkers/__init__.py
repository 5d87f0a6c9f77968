"""Checkers: what an environment must satisfy, for authors of new environments."""

from safety_envs.checkers.check import Finding, check_environment
from safety_envs.checkers.lookup import definition_at

__all__ = ["Finding", "check_environment", "definition_at"]
