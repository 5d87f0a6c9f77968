"""Registers: an outcome that a compiled loop keeps out of memory.

Rules write the fields of an outcome by name, often under a condition. In an array each of these
writes goes through memory and each condition is a branch, because memory cannot be written on a
guess. An outcome of the loop's own is memory that the compiler can see through: its fields become
registers, and conditions select between values.

In plain Python an outcome is an array's, and `numbers` is the same memory, see `core.layout`.
"""

from typing import Any

from safety_envs.core.compile import rule_with_code


def _blank() -> Any:
    """Returns a function that Numba can call, which makes an outcome in the loop's own frame."""
    from llvmlite import ir
    from numba.core import cgutils
    from numba.extending import intrinsic

    def typed(context: Any, outcome: Any, numbers: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            memory = cgutils.alloca_once(builder, ir.ArrayType(ir.IntType(8), outcome.size))
            memory.align = 16
            cgutils.memset(builder, memory, ir.Constant(ir.IntType(64), outcome.size), 0)
            return builder.bitcast(memory, arguments[0].type)

        return outcome(outcome, numbers), code

    return intrinsic(typed)


@rule_with_code(_blank)
def blank(outcome: Any, numbers: Any) -> Any:
    """Returns an outcome of zeros: in compiled code a new one, in plain Python the given one."""
    numbers[:] = 0.0
    return outcome


def _number() -> Any:
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def typed(context: Any, outcome: Any, numbers: Any, k: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            first = builder.bitcast(arguments[0], ir.DoubleType().as_pointer())
            return builder.load(builder.gep(first, [arguments[2]]))

        return types.float64(outcome, numbers, k), code

    return intrinsic(typed)


@rule_with_code(_number)
def number(outcome: Any, numbers: Any, k: Any) -> Any:
    """Returns the k-th number of an outcome."""
    return numbers[k]


def _set_number() -> Any:
    from llvmlite import ir
    from numba.core import types
    from numba.extending import intrinsic

    def typed(context: Any, outcome: Any, numbers: Any, k: Any, value: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            first = builder.bitcast(arguments[0], ir.DoubleType().as_pointer())
            builder.store(arguments[3], builder.gep(first, [arguments[2]]))
            return target.get_dummy_value()

        return types.none(outcome, numbers, k, types.float64), code

    return intrinsic(typed)


@rule_with_code(_set_number)
def set_number(outcome: Any, numbers: Any, k: Any, value: Any) -> None:
    """Sets the k-th number of an outcome."""
    numbers[k] = value
