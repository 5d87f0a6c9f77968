"""Disturbed actions: noise, and rare events in which actions are seized."""

import numpy as np
import numpy.typing as npt

from safety_envs.stress.streams import Mask, Streams

Ints = npt.NDArray[np.int64]


class Noise:
    """Replaces actions, each with a probability, by another one.

    Args:
        num_worlds: N.
        agents: A.
        num_actions: K.
        probability: at each step, for each agent.
    """

    def __init__(self, num_worlds: int, agents: int, num_actions: int, probability: float) -> None:
        self.streams = Streams(num_worlds, "noise", agents)
        self._num_actions, self._probability = num_actions, probability

    def __call__(self, table: Ints, where: Mask) -> Ints:
        """Returns the actions, int64 [N, A], after the noise."""
        others = self._num_actions - 1
        drawn = self.streams.draw(where)
        if not others:
            return table
        # A number below the probability, divided by it, is again evenly spread over [0, 1).
        shift = np.minimum((drawn / self._probability * others).astype(np.int64), others - 1) + 1
        shifted = (table + shift) % self._num_actions
        return np.where(drawn < self._probability, shifted, table)


class Seizure:
    """Rare events: for some steps random actions are executed, the same in each step of an event.

    Args:
        num_worlds: N.
        agents: A.
        num_actions: K.
        probability: at each step outside of an event, that one begins.
        steps: its length.
    """

    def __init__(
        self, num_worlds: int, agents: int, num_actions: int, probability: float, steps: int
    ) -> None:
        self.streams = Streams(num_worlds, "seizure", 1 + agents)
        self.seized = np.zeros(num_worlds)  # [N] steps of this episode
        self._left = np.zeros(num_worlds, np.int64)
        self._forced = np.zeros((num_worlds, agents), np.int64)
        self._num_actions, self._probability, self._steps = num_actions, probability, steps

    def reset(self, where: Mask) -> None:
        """Ends the events in the worlds [N] of `where`."""
        self._left[where] = 0
        self.seized[where] = 0

    def __call__(self, table: Ints, where: Mask) -> Ints:
        """Returns the actions, int64 [N, A], that are executed."""
        drawn = self.streams.draw(where)
        begins = where & (self._left == 0) & (drawn[:, 0] < self._probability)
        if begins.any():
            self._left[begins] = self._steps
            self._forced[begins] = (drawn[begins, 1:] * self._num_actions).astype(np.int64)
        during = where & (self._left > 0)
        self._left -= during
        self.seized += during
        return np.where(during[:, None], self._forced, table)
