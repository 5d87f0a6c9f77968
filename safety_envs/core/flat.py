"""Flat arrays: all entries of an array that lies in one piece, in a row.

`array.reshape(-1)` gives the same, but Numba compiles a search for the shape, and the error if
there is none: a loop with seven of them takes a third longer to compile.
"""

from typing import Any

from safety_envs.core.compile import rule_with_code


def _intrinsic() -> Any:
    """Returns a function that Numba can call, which views an array as a row."""
    from numba.core import errors, types
    from numba.extending import intrinsic
    from numba.np.arrayobj import make_array, populate_array

    def typed(context: Any, array: Any) -> Any:
        if array.layout != "C":
            raise errors.TypingError(f"flat takes arrays that lie in one piece, not {array}")
        kind = types.Array(array.dtype, 1, "C")

        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            given = make_array(array)(target, builder, arguments[0])
            found = make_array(kind)(target, builder)
            populate_array(
                found,
                data=given.data,
                shape=[given.nitems],
                strides=[given.itemsize],
                itemsize=given.itemsize,
                meminfo=given.meminfo,
                parent=given.parent,
            )
            return found._getvalue()

        return kind(array), code

    return intrinsic(typed)


@rule_with_code(_intrinsic)
def flat(array: Any) -> Any:
    """Returns all entries of an array as a row. It must not be returned from a loop."""
    return array.reshape(-1)
