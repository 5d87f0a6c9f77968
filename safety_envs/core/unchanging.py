"""Immutable values: a copy is the value itself."""

from typing import Any, Self


class Unchanging:
    """A base class for immutable values: `copy` and `deepcopy` return the value itself."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self
