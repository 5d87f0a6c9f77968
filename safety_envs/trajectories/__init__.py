"""Episodes as values: play them, save them, load and check them, step through them, branch off."""

from safety_envs.trajectories.cursor import Cursor
from safety_envs.trajectories.trajectory import Trajectory

__all__ = ["Cursor", "Trajectory"]
