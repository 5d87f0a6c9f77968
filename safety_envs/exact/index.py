"""An index of worlds by their bytes: equal worlds get one number."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled, rule
from safety_envs.core.fields import keys


class WorldIndex:
    """Numbers distinct worlds 0, 1, 2, ... in the order in which they are first seen.

    Args:
        dtype: the structured dtype of the worlds.
    """

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        self._dtype = dtype
        self._keys = np.zeros((1024, dtype.itemsize), np.uint8)
        self._slots = np.full(4096, -1, np.int64)
        self._count = 0
        self._intern = compiled(intern_rows)
        self._find = compiled(find_rows)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """The memory that it uses, in bytes."""
        return self._keys.nbytes + self._slots.nbytes

    @property
    def worlds(self) -> npt.NDArray[np.void]:
        """The distinct worlds, structured [count]."""
        return np.ascontiguousarray(self._keys[: self._count]).view(self._dtype)[:, 0]

    def add(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """Returns the numbers of worlds [N], int64 [N], giving new ones to unseen worlds."""
        rows = keys(worlds)
        self._make_room(len(rows))
        numbers = np.empty(len(rows), np.int64)
        self._count = self._intern(rows, self._keys, self._count, self._slots, numbers)
        return numbers

    def find(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """Returns the numbers of worlds [N], int64 [N]; -1 for a world that was never added."""
        numbers = np.empty(len(worlds), np.int64)
        self._find(keys(worlds), self._keys, self._slots, numbers)
        return numbers

    def _make_room(self, more: int) -> None:
        need = self._count + more
        if need > len(self._keys):
            grown = np.zeros((max(need, 2 * len(self._keys)), self._keys.shape[1]), np.uint8)
            grown[: self._count] = self._keys[: self._count]
            self._keys = grown
        if 2 * need > len(self._slots):
            self._slots = np.full(1 << (4 * need - 1).bit_length(), -1, np.int64)
            again = np.empty(self._count, np.int64)
            self._intern(self._keys[: self._count].copy(), self._keys, 0, self._slots, again)


@rule
def slot_of(row: Any, keys: Any, slots: Any) -> Any:
    """Returns the slot that holds a row's number, or the free slot for it."""
    word = np.uint64(0xCBF29CE484222325)  # FNV-1a over the bytes
    for byte in row:
        word = (word ^ np.uint64(byte)) * np.uint64(0x100000001B3)
    word ^= word >> np.uint64(32)
    last = len(slots) - 1
    slot = np.int64(word & np.uint64(last))
    while slots[slot] >= 0:
        known = keys[slots[slot]]
        same = True
        for k in range(len(row)):
            if known[k] != row[k]:
                same = False
                break
        if same:
            break
        slot = (slot + 1) & last
    return slot


def intern_rows(rows: Any, keys: Any, count: int, slots: Any, numbers: Any) -> int:
    """Numbers rows, entering new ones into keys and slots; returns the new count."""
    for i in range(len(rows)):
        slot = slot_of(rows[i], keys, slots)
        if slots[slot] < 0:
            slots[slot] = count
            for k in range(rows.shape[1]):
                keys[count, k] = rows[i, k]
            count += 1
        numbers[i] = slots[slot]
    return count


def find_rows(rows: Any, keys: Any, slots: Any, numbers: Any) -> None:
    """Looks up the numbers of rows; -1 for unknown rows."""
    for i in range(len(rows)):
        numbers[i] = slots[slot_of(rows[i], keys, slots)]
