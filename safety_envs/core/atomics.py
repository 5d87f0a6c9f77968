"""Atomic operations on numbers that several threads share, and calls of machine code by address.

Numba has neither. The numbers are on a board, int64 [threads, ROW]. What a thread wrote before it
stored a number is seen by whoever loads that number.

Machine code is called by its address, with the address of its packed arguments. They are packed
once, and whoever packed them holds the arrays among them.
"""

import platform
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from types import FunctionType
from typing import Any

from safety_envs.core.borrow import forget
from safety_envs.core.compile import Rule, rule, rule_with_code

RAISED = -(2**62)
"""What `call` returns if the code raises an error."""

ROW = 16
"""The numbers of a row: two lines of a cache, so that threads do not disturb each other."""


def _intrinsic(returns: str, takes: str, code: Callable[..., Any]) -> Any:
    """Returns a function that Numba can call.

    Args:
        returns: the name of a type in `numba.types`, or "same" for that of the first argument.
        takes: the names of the types of all arguments after the first, which may be of any type.
        code: a function of target, builder, the first argument's type and the arguments.
    """
    from numba.core import types
    from numba.extending import intrinsic

    others = [getattr(types, name) for name in takes.split()]

    def signature_of(first: Any) -> Any:
        result = first if returns == "same" else getattr(types, returns)
        return result(first, *others)

    def generate(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        found = code(target, builder, signature.args[0], *arguments)
        return target.get_dummy_value() if returns == "none" else found

    typed: dict[int, Callable[..., Any]] = {  # Numba counts the arguments
        1: lambda context, first, a: (signature_of(first), generate),
        2: lambda context, first, a, b: (signature_of(first), generate),
        3: lambda context, first, a, b, c: (signature_of(first), generate),
    }
    return intrinsic(typed[len(others)])


def _place(target: Any, builder: Any, kind: Any, board: Any, row: Any, k: Any) -> Any:
    from numba.core import cgutils

    found = target.make_array(kind)(target, builder, board)
    return cgutils.get_item_pointer(target, builder, kind, found, [row, k], wraparound=False)


def _load() -> Any:
    def code(target: Any, builder: Any, kind: Any, board: Any, row: Any, k: Any) -> Any:
        place = _place(target, builder, kind, board, row, k)
        return builder.load_atomic(place, ordering="acquire", align=8)

    return _intrinsic("int64", "intp intp", code)


@rule_with_code(_load)
def load(board: Any, row: Any, k: Any) -> Any:
    """Returns a number of the board."""
    return board[row, k]


def _store() -> Any:
    def code(target: Any, builder: Any, kind: Any, board: Any, row: Any, k: Any, new: Any) -> None:
        place = _place(target, builder, kind, board, row, k)
        builder.store_atomic(new, place, ordering="release", align=8)

    return _intrinsic("none", "intp intp int64", code)


@rule_with_code(_store)
def store(board: Any, row: Any, k: Any, new: Any) -> None:
    """Writes a number on the board."""
    board[row, k] = new


def _raise_to() -> Any:
    def code(target: Any, builder: Any, kind: Any, board: Any, row: Any, k: Any, new: Any) -> Any:
        place = _place(target, builder, kind, board, row, k)
        before = builder.atomic_rmw("max", place, new, "acq_rel")
        return builder.icmp_signed("<", before, new)

    return _intrinsic("boolean", "intp intp int64", code)


@rule_with_code(_raise_to)
def raise_to(board: Any, row: Any, k: Any, new: Any) -> bool:
    """Raises a number of the board; tells whether it was this thread that raised it."""
    lower = board[row, k] < new
    if lower:
        board[row, k] = new
    return bool(lower)


def _pause() -> Any:
    def code(target: Any, builder: Any, kind: Any, board: Any, row: Any) -> None:
        from llvmlite import ir

        if platform.machine().lower() in ("x86_64", "amd64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            builder.call(builder.module.declare_intrinsic("llvm.x86.sse2.pause", (), kind), [])

    return _intrinsic("none", "intp", code)


@rule_with_code(_pause)
def pause(board: Any, row: Any) -> None:
    """Lets what shares the processor's core run, for a moment."""


def _call() -> Any:
    def code(
        target: Any, builder: Any, kind: Any, address: Any, arguments: Any, source: Any, to: Any
    ) -> Any:
        from llvmlite import ir
        from numba.core import cgutils

        # As Numba's own functions call each other: a place for the result, one for an error.
        word, pointer = ir.IntType(64), ir.IntType(8).as_pointer()
        result = cgutils.alloca_once(builder, word)
        error = cgutils.alloca_once(builder, pointer)
        function = ir.FunctionType(ir.IntType(32), [result.type, error.type, word, word, word])
        called = builder.inttoptr(address, function.as_pointer())
        status = builder.call(called, [result, error, arguments, source, to])
        fine = builder.icmp_signed("==", status, ir.Constant(status.type, 0))
        return builder.select(fine, builder.load(result), ir.Constant(word, RAISED))

    return _intrinsic("int64", "int64 int64 int64", code)


@rule_with_code(_call)
def call(address: Any, arguments: Any, source: Any, to: Any) -> int:
    """Returns what the machine code of a part returns, `RAISED` if it raises an error."""
    raise NotImplementedError


def pack(address: Any, arguments: Any) -> None:
    """Writes arguments to an address, as `unpacked` reads them."""
    packed(address, arguments)


def _packed() -> Any:
    from numba.core import types
    from numba.extending import intrinsic

    def typed(context: Any, address: Any, arguments: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, given: Any) -> Any:
            place = builder.inttoptr(given[0], given[1].type.as_pointer())
            builder.store(given[1], place).align = 8
            return target.get_dummy_value()

        return types.none(types.int64, arguments), code

    return intrinsic(typed)


@rule_with_code(_packed)
def packed(address: Any, arguments: Any) -> None:
    """Writes arguments to an address."""
    raise NotImplementedError


@rule
def unpacked(address: Any) -> Any:
    """Placeholder for a rule that `unpacked_as` returns."""


@cache
def unpacked_as(kind: Any) -> Rule:
    """Returns a rule that reads packed arguments of a Numba type from an address."""

    def make() -> Any:
        from numba.core import types
        from numba.extending import intrinsic

        def typed(context: Any, address: Any) -> Any:
            def code(target: Any, builder: Any, signature: Any, given: Any) -> Any:
                whole = target.get_value_type(kind)
                found = builder.load(builder.inttoptr(given[0], whole.as_pointer()))
                return forget(target, builder, kind, found)

            return kind(types.int64), code

        return intrinsic(typed)

    function = FunctionType(unpacked.__code__, globals(), "unpacked")
    # Code is kept on the disk by the names of what it is bound to, so each type has its own name.
    function.__qualname__ = f"unpacked_{sha256(str(kind).encode()).hexdigest()[:16]}"
    return rule_with_code(make)(function)


def _array_at() -> Any:
    def code(target: Any, builder: Any, kind: Any, array: Any, address: Any) -> Any:
        found = target.make_array(kind)(target, builder, array)
        found.data = builder.inttoptr(address, found.data.type)
        found.meminfo = found.meminfo.type(None)  # whoever calls holds the memory
        found.parent = found.parent.type(None)
        return found._getvalue()

    return _intrinsic("same", "int64", code)


@rule_with_code(_array_at)
def array_at(array: Any, address: Any) -> Any:
    """Returns an array like the given one at another address; there is none in plain Python."""
    raise NotImplementedError
