"""Schedules: settings that change while an agent learns, as data: {"from": 2e-3, "to": 0}."""

from collections.abc import Callable, Mapping
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

Line = Callable[[float], float]
"""A setting as a function of the share of training that remains, 1 .. 0."""

KNOWN_TO_SB3 = ("learning_rate", "clip_range")
"""Settings for which Stable-Baselines3 takes a function of what remains of the training."""


def is_schedule(value: Any) -> bool:
    """Tells whether a setting changes in the course of training."""
    return isinstance(value, Mapping) and set(value) == {"from", "to"}


def linear(ends: Mapping[str, float]) -> Line:
    """Returns the straight line between two values."""
    begin, end = ends["from"], ends["to"]
    return lambda remaining: float(end + remaining * (begin - end))


class Schedules(BaseCallback):
    """Sets scheduled settings that are constants in Stable-Baselines3.

    Args:
        lines: name of an attribute of the model -> its value by what remains of the training.
    """

    def __init__(self, lines: Mapping[str, Line]) -> None:
        super().__init__()
        self._lines = lines

    def _on_rollout_start(self) -> None:
        remaining = 1 - self.num_timesteps / self.locals["total_timesteps"]
        for name, line in self._lines.items():
            setattr(self.model, name, line(max(remaining, 0.0)))

    def _on_step(self) -> bool:
        return True
