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
