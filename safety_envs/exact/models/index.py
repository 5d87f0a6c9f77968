"""An index of worlds by their bytes: equal worlds get one number."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.fields import keys
from safety_envs.core.prefetch import prefetch
from safety_envs.exact.tiers import compiled

AHEAD = 16
"""Rows between the request for a slot and its use; half of them for the world in the slot."""


class Table(NamedTuple):
    """A hash table with open addressing."""

    words: npt.NDArray[np.uint64]  # [room, W] the worlds' bytes, with zeros after the last byte
    slots: npt.NDArray[np.int32]  # [a power of 2, at least twice the room used] a number, or -1


class WorldIndex:
    """Numbers distinct worlds 0, 1, 2, ... in the order in which they are first seen.

    Args:
        dtype: the structured dtype of the worlds.
    """

    def __init__(self, dtype: np.dtype[np.void]) -> None:
        self._dtype = dtype
        self.table = Table(
            np.zeros((1024, -(-dtype.itemsize // 8)), np.uint64), np.full(4096, -1, np.int32)
        )
        self._count = 0
        self._intern = compiled(intern_rows)
        self._find = compiled(find_rows)

    def __getstate__(self) -> dict[str, Any]:
        return {"_dtype": self._dtype, "table": self.table, "_count": self._count}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_dtype"])  # type: ignore[misc]  # for the compiled functions
        vars(self).update(state)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """The memory that it uses, in bytes."""
        return self.table.words.nbytes + self.table.slots.nbytes

    @property
    def worlds(self) -> npt.NDArray[np.void]:
        """The distinct worlds, structured [count]; a copy."""
        return self.some(0, self._count)

    def some(self, begin: int, end: int) -> npt.NDArray[np.void]:
        """Returns copies of the worlds begin .. end-1 of those that there are."""
        padded = self.table.words[begin : min(end, self._count)].view(np.uint8)
        return padded[:, : self._dtype.itemsize].copy().view(self._dtype)[:, 0]

    def add(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """Returns the numbers of worlds [N], int64 [N], giving new ones to unseen worlds."""
        rows = self._rows(worlds)
        self.make_room(len(rows))
        numbers = np.zeros(len(rows), np.int64)
        hashes = np.empty(len(rows), np.uint64)
        self._count = self._intern(rows, hashes, len(rows), self.table, self._count, numbers)
        return numbers

    def find(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        """Returns the numbers of worlds [N], int64 [N]; -1 for a world that was never added."""
        numbers = np.empty(len(worlds), np.int64)
        self._find(self._rows(worlds), self.table, numbers)
        return numbers

    def grown_to(self, count: int) -> None:
        """Notes that a loop has entered worlds into the table, up to this number of them."""
        self._count = count

    @property
    def room(self) -> int:
        """The number of worlds that the table can hold."""
        return min(len(self.table.words), len(self.table.slots) // 2)

    def make_room(self, more: int) -> None:
        """Makes the table large enough for more worlds."""
        need = self._count + more
        words, slots = self.table
        if need > len(words):
            # In place: large arrays are moved by their pages, without a second copy.
            words.resize((max(need, len(words) + len(words) // 2), words.shape[1]), refcheck=False)
        if 2 * need > len(slots):
            size = 1 << (4 * need - 1).bit_length()
            self.table = Table(words, np.zeros(0, np.int32))
            del slots  # frees the memory before more is allocated
            self.table = Table(words, np.full(size, -1, np.int32))
            compiled(enter_again)(self.table, self._count)

    def _rows(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.uint64]:
        rows = np.zeros((len(worlds), self.table.words.shape[1]), np.uint64)
        rows.view(np.uint8)[:, : self._dtype.itemsize] = keys(worlds)
        return rows


@rule
def hash_of(row: Any) -> Any:
    """Returns 64 bits of a row of words; multiplication spreads each bit over the higher ones."""
    mixed = np.uint64(0xCBF29CE484222325)
    for word in row:
        mixed = (mixed ^ np.uint64(word)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed


@rule
def home_of(mixed: Any, slots: Any) -> Any:
    """Returns the slot at which the search for a hash begins."""
    return np.int64(mixed & np.uint64(len(slots) - 1))


@rule
def slot_of(row: Any, mixed: Any, table: Any) -> Any:
    """Returns the slot that holds a row's number, or the free slot for it."""
    slot = home_of(mixed, table.slots)
    while table.slots[slot] >= 0:
        known = table.words[table.slots[slot]]
        same = True
        for k in range(len(row)):
            if known[k] != row[k]:
                same = False
                break
        if same:
            break
        slot = (slot + 1) & (len(table.slots) - 1)
    return slot


@rule
def intern_rows(rows: Any, hashes: Any, end: int, table: Any, count: int, numbers: Any) -> int:
    """Numbers the first `end` rows, entering new ones into the table; returns the new count.

    Rows whose number is -1 are left out.
    """
    words, slots = table.words, table.slots
    for i in range(end):
        hashes[i] = hash_of(rows[i])
    for i in range(end):
        soon = min(i + AHEAD, end - 1)
        prefetch(slots, home_of(hashes[soon], slots))
        soon = min(i + AHEAD // 2, end - 1)
        prefetch(words, max(0, slots[home_of(hashes[soon], slots)]))
        if numbers[i] < 0:
            continue
        slot = slot_of(rows[i], hashes[i], table)
        if slots[slot] < 0:
            slots[slot] = count
            for k in range(rows.shape[1]):
                words[count, k] = rows[i, k]
            count += 1
        numbers[i] = slots[slot]
    return count


def enter_again(table: Any, count: int) -> None:
    """Enters the first `count` worlds of a table, which differ, into its empty slots."""
    slots = table.slots
    for i in range(count):
        soon = min(i + AHEAD, count - 1)
        prefetch(slots, home_of(hash_of(table.words[soon]), slots))
        slot = home_of(hash_of(table.words[i]), slots)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = i


def find_rows(rows: Any, table: Any, numbers: Any) -> None:
    """Looks up the numbers of rows; -1 for unknown rows."""
    for i in range(len(rows)):
        numbers[i] = table.slots[slot_of(rows[i], hash_of(rows[i]), table)]
