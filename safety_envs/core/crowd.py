"""Crowds: rules for bodies on one board that face a direction, block each other and shoot.

The board must have a wall all around. The mechanics are those of the sequential social dilemmas
(Leibo et al. 2017, "Multi-agent Reinforcement Learning in Sequential Social Dilemmas").
"""

from typing import Annotated

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import (
    AGENT_CHARACTERS,
    AGENT_CODES,
    COL_STEP,
    FLOOR,
    ROW_STEP,
    WALL,
    Cell,
    Eye,
    Look,
    looks_of_agents,
    parse_map,
    put,
    stand,
)
from safety_envs.core.compile import rule
from safety_envs.core.dice import deal, roll
from safety_envs.core.fields import CELL, fields
from safety_envs.core.kinds import Within
from safety_envs.core.metric import Floats, Tally
from safety_envs.core.scratch import scratch
from safety_envs.core.social import sum_over_agents

__all__ = [
    "BODY", "RAYS", "WALK", "Agents", "Timeout", "WindowSide", "agent_looks", "beam_cell",
    "cells_before_wall", "commons_map", "enough_spawns", "eye", "first_in_ray", "gather",
    "paint_beams", "paint_bodies", "peace", "tag", "take_out", "takes_part", "wait", "walk", "who",
]  # fmt: skip

WALK = ("forward", "backward", "step left", "step right", "turn left", "turn right")
"""The names of the actions of a body that faces a direction, in order of their numbers."""
TURN_LEFT, TURN_RIGHT = 4, 5

TOWARDS = np.array([(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 1, 0), (3, 2, 0, 1)])
"""[forward, backward, left, right; facing] the direction on the board."""

Agents = Annotated[int, Within(2, len(AGENT_CHARACTERS))]
"""What the keyword of that name takes, wherever there is a crowd."""

Timeout = Annotated[int, Within(1, 255)]
"""For how many steps an agent is out."""

WindowSide = Annotated[int, Within(3, 31, odd=True)]
"""How many cells an agent sees along each side of its window, with itself in the middle."""

RAYS = 3
"""A beam is three cells wide."""

BODY = fields(cell=CELL, facing="u1", out="u1", beam="u1", reach=("u1", RAYS))
"""An agent: where it is, which way it faces, for how many steps it is out, what it has just shot,
and over how many cells each ray of that went."""

FACING = "^v<>"
"""How the way a body faces is painted, for pictures only."""

FACING_CODES = np.array([ord(character) for character in FACING], np.uint8)


def agent_looks(agents: int) -> dict[str, Look]:
    """Returns the looks of the agents, each in its own colour, and of the directions they face."""
    bodies = looks_of_agents("agent", "person", agents)
    words = ("up", "down", "left", "right")
    marks = {
        character: Look(f"faces {word}", "ink", f"faces_{word}")
        for character, word in zip(FACING, words, strict=True)
    }
    return bodies | marks


def commons_map(
    text: str, kinds: str
) -> tuple[npt.NDArray[np.uint8], tuple[npt.NDArray[np.int64], ...]]:
    """Returns a map without the characters of some kinds, and where those are, [cells, 2] each."""
    board = parse_map(text)
    places = tuple(np.argwhere(board == ord(kind)) for kind in kinds)
    board[np.isin(board, [ord(kind) for kind in kinds])] = FLOOR
    return board, places


def enough_spawns(
    board: npt.NDArray[np.uint8],
    marked: npt.NDArray[np.int64],
    sites: npt.NDArray[np.int64],
    agents: int,
) -> npt.NDArray[np.int64]:
    """Returns the marked spawn points, [points, 2], and more where they are too few.

    Those are taken evenly over the rest of the board's floor, but not from the apples' sites.
    """
    missing = agents - len(marked)
    if missing <= 0:
        return marked
    taken = marked.tolist() + sites.tolist()
    floor = [cell for cell in np.argwhere(board == FLOOR).tolist() if cell not in taken]
    chosen = np.linspace(0, len(floor) - 1, missing).round().astype(int)
    return np.concatenate([marked, np.array(floor)[chosen]])


def peace(tally: Tally) -> Floats:
    """Returns P = (N T - steps of being out) / T, [worlds]: agents that take part, on average."""
    out = tally.per_agent["out_steps"]
    part: Floats = out.shape[1] - sum_over_agents(out) / np.maximum(tally.steps, 1)
    return part


@rule
def gather(bodies, spawns, dice):
    """Puts every body on a spawn point of its own, facing anywhere; spawns is [points, 2]."""
    points = scratch(len(bodies))
    deal(dice, len(spawns), points)
    for k in range(len(bodies)):
        stand(bodies[k].cell, Cell(spawns[points[k], 0], spawns[points[k], 1]))
        bodies[k].facing = roll(dice, 4)


@rule
def who(bodies, cell):
    """Returns the number of the body that is on a cell, -1 if there is none."""
    for k in range(len(bodies)):
        body = bodies[k]
        if body.cell.row == cell.row and body.cell.col == cell.col and not body.out:
            return k
    return -1


@rule
def walk(level, bodies, me, action):
    """Moves or turns a body by one of the actions of `WALK`; walls and other bodies block."""
    body = bodies[me]
    if action in (TURN_LEFT, TURN_RIGHT):
        body.facing = TOWARDS[action - 2, body.facing]
    elif action < TURN_LEFT:
        direction = TOWARDS[action, body.facing]
        there = Cell(body.cell.row + ROW_STEP[direction], body.cell.col + COL_STEP[direction])
        if level.board[there.row, there.col] != WALL and who(bodies, there) < 0:
            stand(body.cell, there)


@rule
def beam_cell(body, ray, k):
    """Returns the k-th cell of a beam's ray: 0 begins ahead of the body, 1 and 2 beside it."""
    ahead = TOWARDS[0, body.facing]
    aside = TOWARDS[2 if ray == 1 else 3, body.facing]
    forward, sideways = (k + 1, 0) if ray == 0 else (k, 1)
    return Cell(
        body.cell.row + forward * ROW_STEP[ahead] + sideways * ROW_STEP[aside],
        body.cell.col + forward * COL_STEP[ahead] + sideways * COL_STEP[aside],
    )


@rule
def first_in_ray(bodies, me, ray, length):
    """Returns the first body in a beam's ray, -1 if there is none, and how many cells it is off."""
    mine = bodies[me].cell
    ahead = TOWARDS[0, bodies[me].facing]
    aside = TOWARDS[2 if ray == 1 else 3, bodies[me].facing]
    first, nearest = -1, length
    for k in range(len(bodies)):
        rows = np.int64(bodies[k].cell.row) - np.int64(mine.row)
        cols = np.int64(bodies[k].cell.col) - np.int64(mine.col)
        forward = rows * ROW_STEP[ahead] + cols * COL_STEP[ahead] - (ray == 0)
        sideways = rows * ROW_STEP[aside] + cols * COL_STEP[aside]
        in_ray = sideways == (ray != 0) and 0 <= forward < nearest
        if in_ray and not bodies[k].out and k != me:
            first, nearest = k, forward
    return first, nearest


@rule
def tag(level, bodies, me, length, hits):
    """Shoots a beam, which ends at walls and bodies; marks the bodies hit, returns their number.

    Nobody is out before all have shot: see `take_out`.
    """
    tagged = 0
    for ray in range(RAYS):
        hit, off = first_in_ray(bodies, me, ray, length)
        free = cells_before_wall(level, bodies[me], ray, min(off + 1, length))
        bodies[me].reach[ray] = free
        if hit >= 0 and free > off:
            hits[hit] = 1
            tagged += 1
    return tagged


@rule
def take_out(bodies, hits, timeout):
    """Takes the bodies that were hit out for a number of steps."""
    for k in range(len(bodies)):
        if hits[k]:
            bodies[k].out = timeout


@rule
def cells_before_wall(level, body, ray, length):
    """Returns how many cells of a beam's ray come before a wall, up to its length."""
    for k in range(length):
        cell = beam_cell(body, ray, k)
        if level.board[cell.row, cell.col] == WALL:
            return k
    return length


@rule
def wait(bodies, me, spawns, dice):
    """Lets a step of being out pass; at the last the body returns on a free spawn point."""
    bodies[me].out -= 1
    if not bodies[me].out:
        bodies[me].out = 1  # not there yet, while it looks for a place
        at = roll(dice, len(spawns))
        while who(bodies, Cell(spawns[at, 0], spawns[at, 1])) >= 0:
            at = (at + 1) % len(spawns)
        stand(bodies[me].cell, Cell(spawns[at, 0], spawns[at, 1]))
        bodies[me].facing = roll(dice, 4)
        bodies[me].out = 0


@rule
def takes_part(world, level, agent):
    """Tells whether an agent takes part: it is not out."""
    return not world.bodies[agent].out


@rule
def eye(world, level, agent):
    """Returns from where an agent looks, and which way."""
    body = world.bodies[agent]
    return Eye(body.cell.row, body.cell.col, body.facing)


@rule
def paint_bodies(canvas, bodies):
    """Paints every body that takes part, and which way it faces."""
    for k in range(len(bodies)):
        if not bodies[k].out:
            put(canvas, bodies[k].cell, FACING_CODES[bodies[k].facing])
            put(canvas, bodies[k].cell, AGENT_CODES[k])


@rule
def paint_beams(canvas, bodies, kind, code):
    """Paints the beams of one kind that have just been shot, as far as they went."""
    for me in range(len(bodies)):
        if bodies[me].beam == kind:
            for ray in range(RAYS):
                for k in range(np.int64(bodies[me].reach[ray])):  # unsigned ones make fractions
                    put(canvas, beam_cell(bodies[me], ray, k), code)
