"""Borrowed arrays: compiled code that does not count who holds them.

Numba counts the references to an array, in steps that no other thread may interrupt. A rule that
branches takes several of them for each view of an array, 20 ns in all, and threads that share an
array wait for each other. The caller of a loop holds its arrays until the loop returns, so nothing
need be counted there.
"""

from typing import Any, TypeVar

from safety_envs.core.compile import rule_with_code

Arrays = TypeVar("Arrays")


def forget(target: Any, builder: Any, kind: Any, value: Any) -> Any:
    """Returns a value of compiled code, of a Numba type, in which arrays have no owners."""
    from numba.core import types

    if isinstance(kind, types.Array):
        array = target.make_array(kind)(target, builder, value)
        array.meminfo = array.meminfo.type(None)
        array.parent = array.parent.type(None)
        return array._getvalue()
    if isinstance(kind, types.BaseTuple):
        kinds: Any = kind  # iterates over those of its members
        members = [
            forget(target, builder, each, builder.extract_value(value, k))
            for k, each in enumerate(kinds)
        ]
        return target.make_tuple(builder, kind, members)
    return value


def _intrinsic() -> Any:
    """Returns a function that Numba can call, which forgets the owners of arrays."""
    from numba.extending import intrinsic

    def typed(context: Any, arrays: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return forget(target, builder, signature.args[0], arguments[0])

        return arrays(arrays), code

    return intrinsic(typed)


@rule_with_code(_intrinsic)
def borrowed(arrays: Arrays) -> Arrays:
    """Returns an array, or a tuple of arrays and others, for use until the loop returns.

    What it returns must not be returned from the loop. In plain Python it does nothing.
    """
    return arrays
