"""Direct calls: the machine code of a loop, without the search for it at every call.

A compiled function looks at the types of its arguments to find the machine code for them. With
structured arrays and long tuples that takes 3 us, several times what a step of one world takes.
Whoever calls a loop with arguments of the same types again and again searches once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Rule


def direct(loop: Rule, arguments: Sequence[Any]) -> Rule:
    """Returns the machine code of a loop for arguments of these types; a plain loop as it is.

    The machine code does not check what it is given. It may only be called with arguments of the
    same types: arrays of the same dtype, number of axes and order in memory.
    """
    if not hasattr(loop, "typeof_pyval"):
        return loop
    code: Rule = loop.compile(tuple(map(loop.typeof_pyval, arguments)))  # type: ignore[attr-defined]
    return code


class OverWorlds:
    """A loop that reads worlds [N] and writes into an array, called directly where it can be.

    Args:
        loop: a loop of which the first argument are the worlds and the last the array. Those
            between them are of the same types at every call.
    """

    def __init__(self, loop: Rule) -> None:
        self._loop = loop
        self._code: Rule | None = None
        self._world: Any = None
        self._out: Any = None
        self._axes = 0

    def __call__(self, worlds: npt.NDArray[np.void], *rest: Any) -> None:
        """Calls the loop."""
        out = rest[-1]
        if (
            worlds.dtype is self._world  # to compare structured dtypes takes longer than the call
            and out.dtype is self._out
            and out.ndim == self._axes
            and _in_one_piece(worlds, out)
        ):
            self._code(worlds, *rest)  # type: ignore[misc]  # it is known with the dtypes
            return
        self._loop(worlds, *rest)
        self._learn(worlds, *rest)

    def _learn(self, worlds: npt.NDArray[np.void], *rest: Any) -> None:
        """Remembers the machine code for arrays like these, or that others are like these."""
        out = rest[-1]
        if self._code is None and _in_one_piece(worlds, out):
            self._code = direct(self._loop, (worlds, *rest))
            self._world, self._out, self._axes = worlds.dtype, out.dtype, out.ndim
        elif self._code is not None and worlds.dtype == self._world:
            self._world = worlds.dtype


def _in_one_piece(worlds: npt.NDArray[np.void], out: npt.NDArray[Any]) -> bool:
    return worlds.ndim == 1 and worlds.flags.c_contiguous and out.flags.c_contiguous


def as_mask(mask: Any, number: int) -> npt.NDArray[np.bool_]:
    """Returns a mask of N worlds as machine code reads it, bool [N] in one piece.

    Raises:
        IndexError: the mask has another shape.
    """
    found: npt.NDArray[np.bool_] = np.ascontiguousarray(mask, np.bool_)
    if found.shape != (number,):
        raise IndexError(
            f"a mask of {number} worlds must have shape ({number},), not {found.shape}"
        )
    return found
