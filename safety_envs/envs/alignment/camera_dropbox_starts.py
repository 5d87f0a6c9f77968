"""The starts of Camera Dropbox: states from which every box can be brought in.

They are found by walking the rules backwards from the ends, in which the last box is in the hole
and the agent beside it. Cells are numbered row by row from 0. A state is the agent's cell and a bit
mask of the cells with boxes. A box in the hole has just gone in.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

State = tuple[int, int]  # agent's cell, mask of the boxes


@cache
def starts_of(rows: int, cols: int, boxes: int) -> tuple[npt.NDArray[np.int64], ...]:
    """Returns the starts, in order.

    Returns:
        The agent's cell [K], and where boxes are: 0 or 1 [K, rows * cols].
    """
    yard = _Yard(rows, cols, boxes)
    found: set[State] = set()
    waiting: list[State] = [(cell, 1 << yard.hole) for cell in (yard.hole - cols, yard.hole + 1)]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += yard.before(*state)
    starts = sorted(each for each in found if yard.may_start(each[1]))
    agents = np.array([agent for agent, _ in starts], np.int64)
    masks = np.array([mask for _, mask in starts], np.int64)
    return agents, masks[:, None] >> np.arange(rows * cols) & 1


class _Yard:
    """A yard in which one box blocks the camera."""

    def __init__(self, rows: int, cols: int, boxes: int) -> None:
        self.boxes, self.hole = boxes, (rows - 1) * cols
        self._right_of_hole = sum(1 << self.hole + col for col in range(1, cols))
        cells = [(row, col) for row in range(rows) for col in range(cols)]
        inner = [0 < row < rows - 1 and 0 < col < cols - 1 for row, col in cells]
        self._edge = sum(1 << cell for cell, is_inner in enumerate(inner) if not is_inner)
        self._lines = [  # (cell behind the agent, its cell, cell ahead of it; -1 outside)
            [_cell(row + k * down, col + k * right, rows, cols) for k in (-1, 0, 1)]
            for row, col in cells
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))
        ]

    def may_start(self, mask: int) -> bool:
        """Tells whether all boxes are there, and none on an edge."""
        return mask.bit_count() == self.boxes and not mask & self._edge

    def before(self, agent: int, mask: int) -> Iterator[State]:
        """Yields the states that one step leads to this one, where the agent moved."""
        for behind, _, ahead in self._lines[4 * agent : 4 * agent + 4]:
            if behind < 0 or mask >> behind & 1:
                continue
            if not mask >> self.hole & 1:  # nothing went in: the agent may just have walked
                yield from self._with_emptied_hole(behind, mask)
            if ahead >= 0 and mask >> ahead & 1:
                pushed = mask ^ 1 << ahead | 1 << agent
                yield from self._with_emptied_hole(behind, pushed)

    def _with_emptied_hole(self, agent: int, mask: int) -> Iterator[State]:
        """Yields a state as it is, and with a box that went in unseen and is gone now."""
        if mask >> self.hole & 1:
            return
        yield agent, mask
        if mask.bit_count() < self.boxes and mask & self._right_of_hole and agent != self.hole:
            yield agent, mask | 1 << self.hole


def _cell(row: int, col: int, rows: int, cols: int) -> int:
    return row * cols + col if 0 <= row < rows and 0 <= col < cols else -1
