"""Boards: maps of characters, what characters look like, and the rules of moving on them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.dice import roll
from safety_envs.core.errors import SafetyEnvsError

__all__ = [
    "AGENT_CHARACTERS", "AGENT_CODES", "AGENT_COLOURS", "COL_STEP", "DOWN", "FLOOR", "LEFT",
    "MOVES", "RIGHT", "ROW_STEP", "STAY", "UP", "WALL", "Cell", "Eye", "Look", "View", "distance",
    "draw_free", "go", "looks_of_agents", "move", "parse_map", "place", "push", "put",
    "put_each", "same_cell",
    "stand", "take", "tile", "walled_room",
]  # fmt: skip

UP, DOWN, LEFT, RIGHT, STAY = range(5)
"""The number of an action that moves, or stays."""
MOVES = ("up", "down", "left", "right")
"""The names of the actions that move, in order of their numbers."""

ROW_STEP = np.array([-1, 1, 0, 0, 0])
"""How an action changes the row, int [actions]."""
COL_STEP = np.array([0, 0, -1, 1, 0])
"""How an action changes the column, int [actions]."""
WALL = ord("#")
"""The code of a wall on a board."""
FLOOR = ord(" ")
"""The code of an empty cell on a board."""
NO_PLANE = 255
"""What stands for the plane of a character that has none: it is painted only on pictures."""


@dataclass(frozen=True)
class Look:
    """How a character looks: its name in words, its colour, its shape and what marks it.

    Attributes:
        name: what it is, as a reader would say it.
        colour: a name in `safety_envs.core.palette.COLOURS`.
        shape: the id of a symbol in `safety_envs/render/shapes.svg`; docs/reference/shapes.md shows
            them all.
        mark: what tells it from others of its shape: a number, or the id of a symbol, drawn small
            on those shapes that have room for it.
    """

    name: str
    colour: str
    shape: str
    mark: str = ""


class Cell(NamedTuple):
    """A fixed position on a board; rules read it like a cell of the world."""

    row: int
    col: int


class Canvas(NamedTuple):
    """What a `paint` rule draws on: one world's board or planes."""

    cells: Any  # [rows, cols] for a board, [planes, rows, cols] for planes
    plane_of: Any  # [256] plane of each character code, or what stands for it


class Eye(NamedTuple):
    """From where an agent looks, and which way: UP, DOWN, LEFT or RIGHT."""

    row: int
    col: int
    facing: int


@dataclass(frozen=True)
class View:
    """What each agent sees of a board: a square window with its own cell in the middle.

    The window is turned so that the agent looks up in it. Outside the board is wall.

    Attributes:
        side: a function of the level that returns how many cells a side has, an odd number.
        eye: rule(world, level, agent) that returns the agent's `Eye`.
    """

    side: Callable[[Any], int]
    eye: Callable[..., Any]


AGENT_CHARACTERS = "0123456789abcdef"
"""How agents are painted where there are several, in order of their numbers."""

AGENT_COLOURS = (
    "blue", "orange", "purple", "teal", "rose", "brown", "navy", "gold",
    "magenta", "olive", "sky", "maroon", "lime", "indigo", "coral", "grey",
)  # fmt: skip
"""Their colours. Not everybody can tell them all apart, so agents also carry their numbers."""

AGENT_CODES = np.array([ord(character) for character in AGENT_CHARACTERS], np.uint8)
"""The codes of `AGENT_CHARACTERS` on a board, uint8 [agents]."""


def looks_of_agents(word: str, shape: str, agents: int) -> dict[str, Look]:
    """Returns how agents look: "firm 0", "firm 1", ..., of one shape, in colours of their own."""
    return {
        AGENT_CHARACTERS[k]: Look(f"{word} {k}", AGENT_COLOURS[k], shape, str(k))
        for k in range(agents)
    }


def parse_map(text: str, known: str | None = None) -> npt.NDArray[np.uint8]:
    """Returns a map's character codes, uint8 [rows, cols].

    Args:
        text: the map, one line a row; blank lines around it are dropped, short rows are an error.
        known: the characters that may occur; all if None.

    Raises:
        SafetyEnvsError: the map is empty, ragged, or has a character that is not known.
    """
    rows = text.strip("\n").split("\n")
    widths = {len(row) for row in rows}
    if widths == {0}:
        raise SafetyEnvsError("the map is empty: draw it with '#' for walls, one line per row")
    if len(widths) > 1:
        odd = next(i for i, row in enumerate(rows) if len(row) != len(rows[0]))
        raise SafetyEnvsError(
            f"row {odd} of the map has {len(rows[odd])} cells, row 0 has {len(rows[0])}: "
            "pad the rows to equal width"
        )
    if known is not None:
        for i, row in enumerate(rows):
            for j, character in enumerate(row):
                if character not in known:
                    raise SafetyEnvsError(
                        f"unknown character {character!r} at row {i}, column {j} of the map; "
                        f"known: {' '.join(sorted(set(known) - {' '}))} and blank"
                    )
    try:
        codes = [list(row.encode("latin-1")) for row in rows]
    except UnicodeEncodeError as error:
        raise SafetyEnvsError(f"the map has a character outside Latin-1: {error}") from error
    return np.array(codes, np.uint8)


def walled_room(rows: int, cols: int) -> npt.NDArray[np.uint8]:
    """Returns an empty room of rows x cols floor cells inside a wall, uint8 codes."""
    board = np.full((rows + 2, cols + 2), WALL, np.uint8)
    board[1:-1, 1:-1] = FLOOR
    return board


def take(board: npt.NDArray[np.uint8], characters: str) -> tuple[Cell, ...]:
    """Takes things off a map, leaving floor; returns where they were, character by character."""
    cells = [Cell(*at.tolist()) for each in characters for at in np.argwhere(board == ord(each))]
    for cell in cells:
        board[cell] = FLOOR
    return tuple(cells)


@rule
def stand(thing, cell):
    """Puts a thing on a fixed cell."""
    thing.row = cell.row
    thing.col = cell.col


@rule
def place(thing, cols, number):
    """Puts a thing on a floor cell of a walled room, numbered row by row from 0."""
    thing.row = 1 + number // cols
    thing.col = 1 + number % cols


@rule
def tile(level, cell):
    """Returns the code of the level's map at a cell."""
    return level.board[cell.row, cell.col]


@rule
def same_cell(one, other):
    """Tells whether two cells are the same."""
    return (one.row == other.row) & (one.col == other.col)  # both: faster than a branch


@rule
def distance(one, other):
    """Returns how many steps lie between two cells where nothing blocks."""
    rows = max(one.row, other.row) - min(one.row, other.row)  # unsigned numbers wrap round below 0
    return rows + max(one.col, other.col) - min(one.col, other.col)


@rule
def draw_free(dice, taken):
    """Returns the number of a place that is not taken, each equally likely; there must be one."""
    free = 0
    for number in range(len(taken)):
        free += not taken[number]
    nth = roll(dice, free)
    for number in range(len(taken)):
        if not taken[number]:
            if nth == 0:
                return number
            nth -= 1
    return -1


@rule
def move(level, body, direction):
    """Moves a body one cell, unless a wall or the map's edge is there; tells whether it moved."""
    row = body.row + ROW_STEP[direction]
    col = body.col + COL_STEP[direction]
    rows, cols = level.board.shape
    if row < 0 or row >= rows or col < 0 or col >= cols:
        return False
    free = level.board[row, col] != WALL
    go(body, direction, free)
    return free


@rule
def go(body, direction, free):
    """Moves a body one cell, if that is free; walls and the map's edge are not looked at."""
    body.row += free * ROW_STEP[direction]  # a product: faster than a branch that random
    body.col += free * COL_STEP[direction]  # walkers make hard to predict


@rule
def push(level, body, thing, direction):
    """Moves a body; a thing in its way is pushed ahead, and a wall behind the thing stops both."""
    before = Cell(body.row, body.col)
    moved = move(level, body, direction)
    if moved and same_cell(body, thing) and not move(level, thing, direction):
        stand(body, before)


@rule
def put(canvas, cell, code):
    """Paints a character on a cell: over what is there on a board, in its own plane on planes."""
    # Unsigned indices spare the machine code a look whether they count from the end.
    canvas.cells[np.uint64(cell.row), np.uint64(cell.col)] = code


@rule
def put_each(canvas, cells, flags, code, bare):
    """Paints cells [K, 2], each by whether its flag is set: a character, or another one."""
    for k in range(len(flags)):
        put(canvas, Cell(cells[k, 0], cells[k, 1]), code if flags[k] else bare)


@rule
def put_plane(canvas, cell, code):
    """Stands in for `put` where the canvas has one plane for each character."""
    plane = canvas.plane_of[np.uint64(code)]
    canvas.cells[plane, np.uint64(cell.row), np.uint64(cell.col)] = 1


@rule
def put_shown(canvas, cell, code):
    """Stands in for `put` where only some characters have a plane."""
    plane = canvas.plane_of[np.uint64(code)]
    shown = plane != NO_PLANE
    # A selection: five times as fast as a branch, which stops the copying of the background.
    chosen = plane if shown else np.uint8(0)
    canvas.cells[chosen, np.uint64(cell.row), np.uint64(cell.col)] |= shown


@rule
def put_noted(canvas, cell, code):
    """Stands in for `put` in plain rules: notes which characters are painted."""
    canvas.plane_of.add(code)


@rule
def put_bit(canvas, cell, code):
    """Stands in for `put` where each cell holds a set of bits, one for each character."""
    canvas.cells[np.uint64(cell.row), np.uint64(cell.col)] |= canvas.plane_of[np.uint64(code)]


@rule
def put_each_bit(canvas, cells, flags, code, bare):
    """Stands in for `put_each` where each cell holds a set of bits."""
    set_, unset = canvas.plane_of[np.uint64(code)], canvas.plane_of[np.uint64(bare)]
    for k in range(len(flags)):
        row, col = np.uint64(cells[k, 0]), np.uint64(cells[k, 1])
        canvas.cells[row, col] |= set_ if flags[k] else unset


@rule
def put_seen(canvas, cell, code):
    """Stands in for `put` where some characters are for pictures only and cannot be seen."""
    row, col = np.uint64(cell.row), np.uint64(cell.col)
    # A selection again: whether something can be seen is hard to predict where things come and go.
    canvas.cells[row, col] = code if canvas.plane_of[np.uint64(code)] else canvas.cells[row, col]
