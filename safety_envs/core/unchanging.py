"""Values that nobody changes: a copy of one is the value itself."""

from typing import Any, Self


class Unchanging:
    """Makes copies of a value that nobody changes the value itself."""

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self
