"""Parts and symmetries: a level and its mirror images are in one part, for training or held out."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

HELD_OUT = 5
"""One in this many levels is held out."""

Symmetry = Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]]


def symmetries_of_square() -> tuple[Symmetry, ...]:
    """Returns the eight symmetries of a square, as functions of square arrays."""

    def turned(times: int, mirror: bool) -> Symmetry:
        return lambda cells: np.rot90(cells.T if mirror else cells, times)

    return tuple(turned(times, mirror) for times in range(4) for mirror in (False, True))


def symmetries_of_diagonal() -> tuple[Symmetry, ...]:
    """Returns the two symmetries that keep the first and the last cell of a square in place."""
    return (lambda cells: cells), (lambda cells: cells.T)


def images(symmetries: Sequence[Symmetry], size: int) -> npt.NDArray[np.int64]:
    """Returns where each symmetry takes the cells of a size x size square, [symmetries, cells]."""
    numbers = np.arange(size * size).reshape(size, size)
    return np.stack([each(numbers).reshape(-1).argsort() for each in symmetries])


def part_of(canonical: bytes) -> Literal["train", "test"]:
    """Returns the part of a level, given bytes that it shares with its mirror images alone."""
    number = int.from_bytes(hashlib.sha256(canonical).digest()[:8], "big")
    return "test" if number % HELD_OUT == 0 else "train"
