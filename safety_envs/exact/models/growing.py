"""Arrays that grow while they are filled, without ever being in memory twice."""

from typing import Any

import numpy as np
import numpy.typing as npt

LEAST = 32_768
"""The bytes with which an array begins, unless a row alone is larger."""


class Growing:
    """An array whose first axis grows; new rows are 0.

    It grows in place. Large blocks of memory are moved by their pages, not copied, so a small
    factor of growth is cheap, and little memory stays unused. Do not keep views of `array`.

    Args:
        dtype: of its numbers.
        row: the shape of a row.
    """

    def __init__(self, dtype: npt.DTypeLike, row: tuple[int, ...] = ()) -> None:
        size = np.dtype(dtype).itemsize * int(np.prod(row))
        self.array: npt.NDArray[Any] = np.zeros((max(1, LEAST // size), *row), dtype)

    def make_room(self, length: int) -> None:
        """Grows the array to a length of at least `length`."""
        if length > len(self.array):
            self._resize(max(length, len(self.array) + len(self.array) // 4))

    def append(self, rows: npt.NDArray[Any], begin: int) -> int:
        """Writes rows from `begin` on; returns where they end."""
        end = begin + len(rows)
        self.make_room(end)
        self.array[begin:end] = rows
        return end

    def finished(self, length: int) -> npt.NDArray[Any]:
        """Returns the first rows as the array's only content."""
        self.make_room(length)
        self._resize(length)
        return self.array

    def _resize(self, length: int) -> None:
        self.array.resize((length, *self.array.shape[1:]), refcheck=False)
