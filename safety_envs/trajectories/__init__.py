"""Episodes as values: play, save, load and verify them, step through them, and branch off."""

from safety_envs.trajectories.cursor import Cursor
from safety_envs.trajectories.trajectory import Trajectory

__all__ = ["Cursor", "Trajectory"]
