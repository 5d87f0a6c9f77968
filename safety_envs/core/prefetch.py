"""Prefetch: asks the processor for a row of an array before it is needed.

A loop that reads rows here and there waits for the memory at each of them. If it asks for a row
some reads ahead, the waiting overlaps: on arrays larger than the caches it is several times faster.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule_with_code

LINE = 64
"""The bytes that memory delivers at once, on all processors in use."""


def aligned(shape: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Returns zeros that begin with a line of memory, so a row of 64 bytes is a single line."""
    size = 8 * int(np.prod(shape))
    memory = np.zeros(size + LINE, np.uint8)
    begin = -memory.ctypes.data % LINE
    zeros: npt.NDArray[np.float64] = memory[begin : begin + size].view(np.float64).reshape(shape)
    return zeros


def _intrinsic() -> Any:
    """Returns the compiler's own prefetch instruction as a function that Numba can call."""
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def typed(context: Any, rows: Any, row: Any) -> Any:
        def code(target: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = target.make_array(signature.args[0])(target, builder, arguments[0])
            stride = cgutils.unpack_tuple(builder, array.strides)[0]
            number, place = ir.IntType(32), ir.IntType(8).as_pointer()
            begin = builder.bitcast(array.data, place)
            address = builder.gep(begin, [builder.mul(arguments[1], stride)])
            kind = ir.FunctionType(ir.VoidType(), [place, number, number, number])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch")
            to_read, all_caches, data = number(0), number(3), number(1)
            builder.call(function, [address, to_read, all_caches, data])
            return target.get_dummy_value()

        return types.void(rows, types.int64), code

    return intrinsic(typed)


@rule_with_code(_intrinsic)
def prefetch(rows: Any, row: int) -> None:
    """Asks for the beginning of a row that will be read soon. In plain Python it does nothing."""
