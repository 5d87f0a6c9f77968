"""Pictures: what a definition says of how a world looks on a board."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from safety_envs.core.board import Look

Looks = Mapping[str, Look]

WALL_LOOK = Look("wall", "wall", "block")
"""How "#" looks where the looks say nothing of it."""


@dataclass(frozen=True)
class Picture:
    """How a world is painted on a board.

    Attributes:
        looks: character -> look, in painting order, or a function of the level that returns them.
            "#" is a wall, and need not be named.
        paint: rule(world, level, canvas): puts what can change on the board.
        scenery: the characters that look the same in all worlds and at all times, and those that
            only pictures show. They have no plane in the "planes" observation: many constant inputs
            slow learners down. If None, they are blank and what stands on the level's board.
    """

    looks: Looks | Callable[[Any], Looks]
    paint: Callable[..., Any]
    scenery: str | None = None

    def legend(self, level: Any) -> Looks:
        """Returns what each character means in worlds of a level, the wall included."""
        looks = self.looks(level) if callable(self.looks) else self.looks
        return looks if "#" in looks else {"#": WALL_LOOK, **looks}

    def scenery_of(self, level: Any) -> frozenset[str]:
        """Returns the characters that have no plane in worlds of a level."""
        if self.scenery is not None:
            return frozenset(self.scenery)
        return frozenset(map(chr, level.board.ravel().tolist())) | {" "}
