"""The "rgb" encoding: a board as coloured squares."""

import numpy as np
import numpy.typing as npt

from safety_envs.core.borrow import borrowed
from safety_envs.core.compile import Binding, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.over_worlds import OverWorlds
from safety_envs.core.palette import COLOURS

PIXELS = 8
"""The side of a cell, in pixels."""

Bytes = npt.NDArray[np.uint8]


def colour_table(configuration: Configuration) -> Bytes:
    """Returns the plain colour of each character code, uint8 [256, 3]."""
    table = np.full((256, 3), COLOURS["floor"], np.uint8)
    for character, look in configuration.legend.items():
        table[ord(character)] = COLOURS[look.colour]
    return table


class ColourWriter:
    """Writes boards of codes as coloured squares.

    Args:
        table: the colour of each code, uint8 [256, 3].
        compile_rules: False writes them by NumPy, which takes several times as long.
        num_threads: how many threads write.
    """

    def __init__(self, table: Bytes, compile_rules: bool, num_threads: int) -> None:
        self._table, self._compile_rules = table, compile_rules
        squares = np.ascontiguousarray(table.repeat(PIXELS, axis=0).reshape(256, -1))
        self._loop = OverWorlds(
            write_squares,
            Binding(constants={"LINE": 3 * PIXELS, "SIDE": PIXELS}),
            lambda: (squares,),
            compile_rules=compile_rules,
            num_threads=num_threads,
        )

    def __call__(self, boards: Bytes, out: Bytes) -> None:
        """Writes boards [..., rows, cols] into uint8 [..., PIXELS * rows, PIXELS * cols, 3]."""
        if not (self._compile_rules and out.flags.c_contiguous):
            out[:] = self._table[boards].repeat(PIXELS, axis=-3).repeat(PIXELS, axis=-2)
            return
        rows, cols = boards.shape[-2:]
        lines = out.reshape(-1, rows, PIXELS, 3 * PIXELS * cols)
        self._loop(boards.reshape(-1, rows, cols), lines)


LINE = SIDE = 0
"""Placeholders for the bytes of a square's line, and the number of its lines."""


@rule
def write_squares(boards, lines, squares):
    """Writes boards [N, rows, cols] into lines [N, rows, SIDE, bytes]; `squares` is [256, LINE]."""
    boards, squares, lines = borrowed((boards, squares, lines))
    for i in range(len(boards)):
        for row in range(boards.shape[1]):
            for col in range(boards.shape[2]):
                code, begin = boards[i, row, col], col * LINE
                for k in range(LINE):
                    lines[i, row, 0, begin + k] = squares[code, k]
            for line in range(1, SIDE):
                for k in range(lines.shape[3]):
                    lines[i, row, line, k] = lines[i, row, 0, k]
