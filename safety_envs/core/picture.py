"""Pictures: how a definition declares what a world looks like on a board."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look

Looks = Mapping[str, Look]

WALL_LOOK = Look("wall", "wall", "block")
"""The default look of "#"."""


@dataclass(frozen=True)
class Inset:
    """A second picture of the same world, where what is rewarded differs from what is there.

    Attributes:
        title: what the second picture shows, in a few words.
        other: what the first picture shows then.
        paint: rule(world, level, canvas), as of a `Picture`.
    """

    title: str
    other: str
    paint: Callable[..., Any]


@dataclass(frozen=True)
class Picture:
    """How a world is painted on a board.

    Attributes:
        looks: character -> look, in painting order, or a function of the level that returns them.
            "#" is a wall and need not be included.
        paint: rule(world, level, canvas): paints everything that can change on the board. Constant
            things are on the level's board, and are not painted.
        scenery: the characters that are the same in all worlds and at all times, and those that
            only pictures show. They have no plane in the "planes" observation, because many
            constant inputs slow learning down, and none in the windows of a `view`. If `paint`
            paints them, pictures show them and planes do not. It must not paint blanks, walls and
            what is on the level's board: these never change. If None, they are the blank and the
            characters of the level's board, walls included. An explicit value must include "#", or
            walls get a plane.
        inset: a function of the level that returns a second picture for people, or None.
        maps: a function of the level that returns maps, uint8 codes [maps, rows, cols], if each
            world has one of several. A world's map stands in for the level's board: it is painted
            first, which takes less time than to paint it cell by cell.
        map_of: rule(world, level): returns the number of the world's map.
    """

    looks: Looks | Callable[[Any], Looks]
    paint: Callable[..., Any]
    scenery: str | None = None
    inset: Callable[[Any], Inset | None] | None = None
    maps: Callable[[Any], npt.NDArray[np.uint8]] | None = None
    map_of: Callable[..., Any] | None = None

    def backgrounds(self, level: Any) -> npt.NDArray[np.uint8]:
        """Returns what is painted first, uint8 codes [maps, rows, cols]."""
        return np.asarray(level.board[None] if self.maps is None else self.maps(level), np.uint8)

    def legend(self, level: Any) -> Looks:
        """Returns character -> look in worlds of a level, including the wall."""
        looks = self.looks(level) if callable(self.looks) else self.looks
        return looks if "#" in looks else {"#": WALL_LOOK, **looks}

    def scenery_of(self, level: Any) -> frozenset[str]:
        """Returns the characters that have no plane in worlds of a level."""
        if self.scenery is not None:
            return frozenset(self.scenery)
        return frozenset(map(chr, level.board.ravel().tolist())) | {" "}
