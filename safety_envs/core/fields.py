"""Fields: the packed NumPy dtypes of worlds, outcomes and dice.

A world is one structured scalar, and a batch of N worlds is a structured array of shape (N,).
Compiled rules access the array itself. Rules that run as plain Python get `PlainFields` instead:
views of the same memory whose items are Python numbers, so arithmetic neither overflows nor warns.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


class _Flag(str):
    """The type of a flag. It differs from another "u1", so that flags can be checked."""


FLAG = _Flag("u1")
"""0 or 1, in one byte. (Numba does not support boolean arrays in structured dtypes.)"""


def fields(**types: Any) -> np.dtype[np.void]:
    """Returns a packed structured dtype with the given fields.

    Fields are whole numbers, so that states can be counted and compared. A world that really holds
    a real number declares it as "f8", the type in which rules compute: a narrower one would round,
    and compiled and plain rules would differ.

    Args:
        types: name=type, or name=(type, length) for an array. A type is a NumPy code such as
            "i1", `FLAG`, or another set of fields.

    Raises:
        TypeError: a field is boolean (use `FLAG` instead), or neither a whole number nor "f8".
    """
    for name, kind in types.items():
        base = np.dtype(kind).base
        if base == np.bool_:
            raise TypeError(f"field {name!r} is a boolean: declare it as FLAG (0 or 1)")
        if not (base.names or base.kind in "iu" or base == np.float64):
            raise TypeError(
                f"field {name!r} is of type {base}: declare a whole number such as 'u1' or 'i2', "
                "or 'f8' if it must be a real number"
            )
    made: np.dtype[np.void] = np.dtype(list(types.items()))
    if flags := tuple(_flag_paths(types)):
        _flags[id(made)] = made, flags
    return made


_flags: dict[int, tuple[np.dtype[np.void], tuple[tuple[str, ...], ...]]] = {}
"""Identity of a dtype -> the dtype, and its flags. NumPy cannot keep them in the dtype itself."""


def _flag_paths(types: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, kind in types.items():
        base = kind[0] if isinstance(kind, tuple) else kind
        if isinstance(base, _Flag):
            yield (name,)
        elif isinstance(base, np.dtype):
            yield from ((name, *path) for path in flags_of(base))


def flags_of(dtype: np.dtype[np.void]) -> tuple[tuple[str, ...], ...]:
    """Returns which fields of a dtype made by `fields` are flags: the path of names to each.

    It is empty for a dtype from elsewhere, such as a copy.
    """
    return _flags.get(id(dtype), (dtype, ()))[1]


CELL = fields(row="u1", col="u1")
"""A position on a board: row and column from 0 at the top left."""


def some_of(rows: npt.NDArray[Any], which: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Returns copies of some rows of an array, by a mask or by numbers: `rows[which]`.

    NumPy copies what `[...]` picks from a structured array field by field, ten times as slowly.
    """
    return rows.take(np.flatnonzero(which) if which.dtype == np.bool_ else which, axis=0)


def joined(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Returns arrays one after the other; not field by field either, and a single one as it is."""
    if len(parts) == 1:
        return parts[0]
    if parts[0].dtype.names is None:
        return np.concatenate(parts)
    dtype = parts[0].dtype
    found = np.concatenate(
        [np.ascontiguousarray(part).view(f"V{dtype.itemsize}") for part in parts]
    )
    return found.view(dtype)


def keys(worlds: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
    """Returns the worlds' bytes, uint8 [N, bytes]: equal rows are equal worlds."""
    return np.ascontiguousarray(worlds).view(np.uint8).reshape(len(worlds), worlds.itemsize)


def bytes_of(dtype: np.dtype[np.void], names: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Returns which bytes of a structured scalar belong to the named fields, bool [bytes]."""
    belongs = np.zeros(dtype.itemsize, np.bool_)
    offsets = dict(dtype.fields or {})
    for name in names:
        kind, offset = offsets[name][:2]
        belongs[offset : offset + kind.itemsize] = True
    return belongs


class PlainFields:
    """A view of a structured scalar whose fields are read as Python numbers."""

    __slots__ = ("_scalar",)

    def __init__(self, scalar: np.void) -> None:
        object.__setattr__(self, "_scalar", scalar)

    def __getattr__(self, name: str) -> Any:
        try:
            return as_plain(self._scalar[name])
        except ValueError:
            raise AttributeError(_no_field(name, self._scalar)) from None

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            self._scalar[name] = value
        except ValueError:
            raise AttributeError(_no_field(name, self._scalar)) from None


class PlainArray:
    """A view of an array of numbers or structured scalars, read as Python numbers."""

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
    """Returns a plain Python view of a structured scalar, an array or a NumPy number."""
    if isinstance(value, np.void):
        return PlainFields(value)
    if isinstance(value, np.ndarray):
        return PlainArray(value)
    if isinstance(value, np.generic):
        return value.item()
    return value


def _no_field(name: str, scalar: np.void) -> str:
    return f"no field {name!r}; the fields are {', '.join(scalar.dtype.names or ())}"
