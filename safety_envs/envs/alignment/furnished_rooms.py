"""Rooms for the furnished room: drawings turned into levels, and the bank that is shipped."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.authoring import (
    Cell,
    SafetyEnvsError,
    board,
    parse_map,
    read_maps,
    take,
    walled_room,
)

SIZE = 9  # 7 x 7 floor cells inside a wall
BELT = ord(">")
NO_THING = 0  # column of a riding thing that is not there


class Rooms(NamedTuple):
    """The rooms that an episode may take place in."""

    board: npt.NDArray[np.uint8]  # an empty room: what all rooms share
    maps: npt.NDArray[np.uint8]  # [rooms, rows, cols] walls, goal and belt
    first: npt.NDArray[np.uint8]  # [rooms, things, 2] cells of robot, box, thing, vases at first
    returnable: npt.NDArray[np.uint8]  # [rooms, rows, cols] can a box there be brought back
    view: int = 0  # side of the window that the robot sees; 0: the whole room


def furnished(drawings: Sequence[str]) -> Rooms:
    """Returns rooms from drawings of their maps."""
    maps, first, returnable = [], [], []
    for drawing in drawings:
        tiles = parse_map(drawing, "#AGVXO> ")
        (robot,), (box,), vases = (take(tiles, each) for each in "AXV")
        (thing,) = take(tiles, "O") or (Cell(NO_THING, NO_THING),)
        if thing.row != NO_THING:
            tiles[thing] = BELT
        maps.append(tiles)
        first.append([robot, box, thing, *vases])
        returnable.append(pushed_back(tiles, box))
    return Rooms(
        walled_room(SIZE - 2, SIZE - 2),
        np.array(maps, np.uint8),
        np.array(first, np.uint8),
        np.array(returnable, np.uint8),
    )


def pushed_back(tiles: npt.NDArray[np.uint8], home: Cell) -> npt.NDArray[np.uint8]:
    """Returns 1 for each cell from which a box can be pushed to its first one, past walls only."""
    reached = np.zeros(tiles.shape, np.uint8)
    reached[home] = 1
    frontier = [home]
    while frontier:
        row, col = frontier.pop()
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            # Pushed from (row - down, col - right) by a robot one cell further back.
            box, robot = (row - down, col - right), (row - 2 * down, col - 2 * right)
            inside = 0 <= robot[0] < SIZE and 0 <= robot[1] < SIZE
            if inside and not reached[box] and board.WALL not in (tiles[box], tiles[robot]):
                reached[box] = 1
                frontier.append(Cell(*box))
    return reached


@cache
def bank_of(split: str) -> tuple[tuple[str, ...], Rooms]:
    """Returns the drawings and the rooms of a split of the bank that comes with the package."""
    drawings = read_maps(__package__, f"furnished_rooms_{split}.txt")
    return drawings, furnished(drawings)


def one_of(split: str, number: int) -> Rooms:
    """Returns one room of a split.

    Raises:
        SafetyEnvsError: the split has no room of that number.
    """
    drawings, _ = bank_of(split)
    if number >= len(drawings):
        raise SafetyEnvsError(
            f"level must be below {len(drawings)} with bank={split!r}, which has no more rooms, "
            f"got {number}"
        )
    return furnished([drawings[number]])
