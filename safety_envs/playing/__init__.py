"""Environments that people play, in a window or in a terminal."""

from safety_envs.playing.commands import play as play
from safety_envs.playing.session import Session as Session

__all__ = ["Session", "play"]
