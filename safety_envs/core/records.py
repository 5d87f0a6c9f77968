"""Records: the packed NumPy types that worlds and outcomes are made of.

A world is one record, a batch of N worlds is one structured array of shape (N,). Compiled rules
reach into the array itself. Rules that run as plain Python get `PlainRecord`s instead: views of
the same memory that read as Python numbers, so that arithmetic neither wraps round nor warns.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

FLAG = "u1"
"""0 or 1. (One byte: Numba has no arrays of booleans inside records.)"""


def record(**fields: Any) -> np.dtype[np.void]:
    """Returns a packed record type.

    Args:
        fields: name=type, or name=(type, length) for an array; a type is a NumPy code such as
            "i1", `FLAG`, or another record.

    Raises:
        TypeError: a boolean field, which Numba cannot hold in an array; use `FLAG`.
    """
    for name, kind in fields.items():
        base = np.dtype(kind).base
        if base == np.bool_:
            raise TypeError(f"field {name!r} is a boolean: declare it as FLAG (0 or 1)")
    return np.dtype(list(fields.items()))


CELL = record(row="u1", col="u1")
"""A position on a board: row and column from 0 at the top left."""


def keys(worlds: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
    """Returns the worlds' bytes, uint8 [N, bytes]: equal rows are equal worlds."""
    return np.ascontiguousarray(worlds).view(np.uint8).reshape(len(worlds), worlds.itemsize)


def bytes_of(dtype: np.dtype[np.void], names: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Returns which bytes of a record belong to the named fields, bool [bytes]."""
    belongs = np.zeros(dtype.itemsize, np.bool_)
    fields = dict(dtype.fields or {})
    for name in names:
        kind, offset = fields[name][:2]
        belongs[offset : offset + kind.itemsize] = True
    return belongs


class PlainRecord:
    """A view of one record whose fields read as Python numbers."""

    __slots__ = ("_record",)

    def __init__(self, record: np.void) -> None:
        object.__setattr__(self, "_record", record)

    def __getattr__(self, name: str) -> Any:
        try:
            return as_plain(self._record[name])
        except ValueError:
            raise AttributeError(_no_field(name, self._record)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            self._record[name] = value
        except ValueError:
            raise AttributeError(_no_field(name, self._record)) from None


class PlainArray:
    """A view of an array, of numbers or of records, whose items read as Python numbers."""

    __slots__ = ("_array",)

    def __init__(self, array: npt.NDArray[Any]) -> None:
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: Any) -> Any:
        return as_plain(self._array[index])

    def __setitem__(self, index: Any, value: Any) -> None:
        self._array[index] = value


def as_plain(value: Any) -> Any:
    """Returns the plain-Python face of a record, an array or a NumPy number."""
    if isinstance(value, np.void):
        return PlainRecord(value)
    if isinstance(value, np.ndarray):
        return PlainArray(value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def _no_field(name: str, record: np.void) -> str:
    return f"no field {name!r}; the record has {', '.join(record.dtype.names or ())}"
