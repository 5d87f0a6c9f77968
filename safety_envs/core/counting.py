"""Counting: whether compiled code counts who holds an array.

Numba counts it, to free the memory of an array that nobody holds any more. But whoever calls a loop
holds the loop's arrays until it returns, so there is nothing to count, unless a rule makes arrays
of its own. A loop that does not count is compiled in less time, and a call with twenty arrays takes
a third of the time. So loops are compiled without counting, and with it only if that cannot be:
Numba refuses to make an array then. A loop that returns an array counts as well.
"""

from collections.abc import Callable, Iterable
from typing import Any

MAKERS = frozenset(
    ("arange", "array", "concatenate", "copy", "empty", "empty_like", "full", "full_like",
     "linspace", "nonzero", "ones", "ones_like", "repeat", "sort", "stack", "where", "zeros",
     "zeros_like")
)  # fmt: skip
"""Names of functions that make arrays. If none is used, an array may still be made (`a + b`)."""


def makes_arrays(functions: Iterable[Any]) -> bool:
    """Returns whether functions make arrays, as far as the names tell that they use."""
    return any(not MAKERS.isdisjoint(function.__code__.co_names) for function in functions)


def count_if_needed(twin: Any, counting: Callable[[], Any]) -> None:
    """Makes what Numba made of a loop, and does not count, count where it must.

    Args:
        twin: what Numba made of it.
        counting: returns another that counts.
    """
    compile_it = twin.compile

    def compile_either(signature: Any) -> Any:
        from numba.core.errors import NumbaError

        try:
            code = compile_it(signature)
            if not _holds_arrays(twin.overloads[tuple(signature)].signature.return_type):
                return code
        except NumbaError:
            pass
        other = counting()
        code = other.compile(signature)
        twin.add_overload(other.overloads[tuple(signature)])
        return code

    twin.compile = compile_either


def _holds_arrays(kind: Any) -> bool:
    from numba.core import types

    if isinstance(kind, types.BaseTuple):
        members: Any = kind  # iterates over the types of its members
        return any(map(_holds_arrays, members))
    return isinstance(kind, types.Array)
