"""Streams of random numbers, one for each world, for all worlds at once."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core import dice

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
scrambled: Any = dice.scrambled

_GOLDEN = 0x9E37_79B9_7F4A_7C15
_MASK = 0xFFFF_FFFF_FFFF_FFFF


class Streams:
    """A splitmix64 stream for each of N worlds, as the dice are.

    Args:
        num_worlds: N.
        name: what the numbers are for; streams of other names are unrelated.
        draws: how many numbers each world draws at a time.
    """

    def __init__(self, num_worlds: int, name: str, draws: int) -> None:
        self._state = np.zeros(num_worlds, np.uint64)
        self._salt = np.uint64(scrambled(int.from_bytes(name.encode()[:8], "little") + 1))
        self._ahead = np.array([k * _GOLDEN & _MASK for k in range(1, draws + 1)], np.uint64)

    def seed(self, words: npt.NDArray[np.uint64], where: Mask) -> None:
        """Begins the streams of the worlds [N] of `where` anew, from the states of their dice."""
        self._state[where] = scrambled(scrambled(words[where]) ^ self._salt)

    def draw(self, where: Mask) -> Floats:
        """Returns numbers in [0, 1), float64 [N, draws]; only streams of `where` [N] move on."""
        words = scrambled(self._state[:, None] + self._ahead)
        np.add(self._state, self._ahead[-1], out=self._state, where=where)
        drawn: Floats = (words >> np.uint64(11)) * 2.0**-53
        return drawn
