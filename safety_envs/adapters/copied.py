"""Copies of environments have their own worlds, so stepping one does not step the other."""

import copy
from typing import Self


class CopiedWhole:
    """A mixin whose shallow copies are deep copies."""

    def __copy__(self) -> Self:
        return copy.deepcopy(self)
