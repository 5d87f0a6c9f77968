"""Disturbed observations: worlds of some steps ago, and worlds that are shown again.

Worlds are moved as bare bytes, some twenty times as fast as field by field.
"""

import numpy as np
import numpy.typing as npt

from safety_envs.stress.streams import Mask, Streams

Worlds = npt.NDArray[np.void]


def bare(worlds: Worlds) -> Worlds:
    """Returns a view of worlds [...] without their fields."""
    return worlds.view(np.dtype((np.void, worlds.itemsize)))


class Delay:
    """Shows the worlds of some steps ago; at first those of the reset.

    Args:
        num_worlds: N.
        size: the bytes of a world.
        steps: how many.
    """

    def __init__(self, num_worlds: int, size: int, steps: int) -> None:
        self._past = np.zeros((steps + 1, num_worlds), (np.void, size))
        self._numbers = np.arange(num_worlds)

    def reset(self, worlds: Worlds, where: Mask) -> None:
        """Forgets what was before in the bare worlds [N] of `where`."""
        self._past[:, where] = worlds[where]

    def __call__(self, worlds: Worlds, where: Mask, steps: npt.NDArray[np.int32]) -> Worlds:
        """Returns the bare worlds that are shown, [N]; `steps` [N] were taken."""
        size = len(self._past)
        if where.all():
            self._past[steps % size, self._numbers] = worlds
        else:
            self._past[steps[where] % size, self._numbers[where]] = worlds[where]
        shown: Worlds = self._past[(steps + 1) % size, self._numbers]
        return shown


class Hold:
    """Shows again what was shown last: by single steps that are dropped, and in rare events.

    Args:
        num_worlds: N.
        size: the bytes of a world.
        dropped: the probability of a single step.
        freeze: the probability that an event begins.
        steps: the length of an event.
    """

    def __init__(
        self, num_worlds: int, size: int, dropped: float, freeze: float, steps: int
    ) -> None:
        self.streams = [Streams(num_worlds, "dropped", 1), Streams(num_worlds, "freeze", 1)]
        self.held = np.zeros(num_worlds)  # [N] observations of this episode
        self._last = np.zeros(num_worlds, (np.void, size))
        self._left = np.zeros(num_worlds, np.int64)
        self._dropped, self._freeze, self._steps = dropped, freeze, steps

    def reset(self, worlds: Worlds, where: Mask) -> None:
        """Shows what there is in the bare worlds [N] of `where`."""
        self._last[where] = worlds[where]
        self._left[where] = 0
        self.held[where] = 0

    def __call__(self, worlds: Worlds, where: Mask) -> Worlds:
        """Returns the bare worlds that are shown, [N]; they change with the next call."""
        hold = np.zeros(len(worlds), np.bool_)
        if self._dropped:
            hold |= self.streams[0].draw(where)[:, 0] < self._dropped
        if self._freeze:
            begins = self.streams[1].draw(where)[:, 0] < self._freeze
            self._left[where & begins & (self._left == 0)] = self._steps
            frozen = self._left > 0
            hold |= frozen
            self._left -= frozen & where
        np.copyto(self._last, worlds, where=where & ~hold)
        self.held += where & hold
        return self._last
