"""Arrays and texts in a page: compressed, in base64, without loss.

A page unpacks them with the browser's own `DecompressionStream`, so it needs no library.
"""

import base64
import zlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Packed = dict[str, Any]

SEPARATOR = "\f"
"""Between the texts of a list; no text of an environment contains it."""


def packed(array: npt.NDArray[Any]) -> Packed:
    """Returns an array of numbers in a form that JSON can hold.

    Whole numbers are stored in the narrowest type that holds them all, real numbers as they are.

    Args:
        array: whole numbers, truth values, float32 or float64, of any shape.
    """
    narrow = np.ascontiguousarray(array if array.dtype.kind == "f" else _narrowed(array))
    little = narrow.astype(narrow.dtype.newbyteorder("<"), copy=False)
    return {
        "packed": narrow.dtype.name,
        "shape": list(array.shape),
        "data": _compressed(little.tobytes()),
    }


def packed_texts(texts: Iterable[str]) -> Packed:
    """Returns a list of texts in a form that JSON can hold."""
    return {"packed": "texts", "data": _compressed(SEPARATOR.join(texts).encode())}


def _narrowed(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    least, most = int(array.min(initial=0)), int(array.max(initial=0))
    for dtype in (np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32):
        if np.iinfo(dtype).min <= least and most <= np.iinfo(dtype).max:
            return array.astype(dtype)
    raise OverflowError(f"a page holds whole numbers of 32 bits, got {least} .. {most}")


def _compressed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data, 9)).decode()
