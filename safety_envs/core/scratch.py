"""Scratch: numbers that a rule needs for a moment, where making an array would be slow.

They are on the stack, which costs nothing to take and nothing to give back. A rule that makes an
array (`np.zeros`) asks for memory each time, and its loop counts references; see `core.counting`.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule_with_code


def _intrinsic() -> Any:
    """Returns a function that Numba can call, which makes an array on the stack."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array, populate_array

    kind = types.Array(types.int64, 1, "C")
    width = 8

    def typed(context: Any, number: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            word = ir.IntType(64)
            place = builder.alloca(word, size=arguments[0])
            size = builder.mul(arguments[0], word(width))
            cgutils.memset(builder, place, size, 0)
            array = make_array(kind)(target, builder)
            populate_array(
                array,
                data=place,
                shape=[arguments[0]],
                strides=[word(width)],
                itemsize=word(width),
                meminfo=None,
            )
            return array._getvalue()

        return kind(types.int64), code

    return intrinsic(typed)


@rule_with_code(_intrinsic)
def scratch(number: int) -> npt.NDArray[np.int64]:
    """Returns zeros, int64 [number], for use until the rule returns; at most some thousands.

    A rule must not call it in a loop of its own: what it has taken is given back when it returns.
    """
    return np.zeros(number, np.int64)
