"""What walls do to a commons, with agents that follow a script: python -m benchmarks.territory.

Greedy agents walk to the nearest apple. A holder keeps a room at one end: it shoots whoever is in
its beam, and otherwise walks between two apples' sites while enough apples are left to grow more.
Nothing is learned. So the page says what a territory is worth to its holder and to the apples, not
whether a learner finds it.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.command_line import command_line
from benchmarks.harness.single_page import deliver
from safety_envs import Engine, find
from safety_envs.statistics import interval, iqm

PAGE = Path("docs/results/territory.md")
ID = "SafetyCommonsHarvest-v0"
AGENTS, WORLDS, STEPS = 4, 20, 1000
HOLDER = 0  # the number of the agent that may hold a room
NOISE = 0.1  # probability that a greedy agent acts at random, so that none is stuck for ever
WALL = ord("#")
UP, DOWN, LEFT, RIGHT = range(4)
DELTA = np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])
TOWARDS = np.array([(0, 1, 2, 3), (1, 0, 3, 2), (2, 3, 1, 0), (3, 2, 0, 1)])
"""[forward, backward, step left, step right; facing] the direction of a step on the board."""
TURN_LEFT, SHOOT, STAY = 4, 6, 7
POSTS = ((2, 3), (2, 2))  # the door's inner side, and the cell behind it
ROOM_COLS = 3
BEAM = 5
SPARED = 5  # apples in the room below which the holder waits
Cell = tuple[int, int]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Ground:
    """A map as distances; C floor cells.

    Attributes:
        number: [rows, cols] the number of a cell, -1 for a wall.
        cells: [C, 2].
        apart: [C, C] steps between two cells.
        sites: [K] the cells on which apples grow.
        west: [K] which of them are in the room.
    """

    number: Ints
    cells: Ints
    apart: Ints
    sites: Ints
    west: npt.NDArray[np.bool_]


def ground_of(board: npt.NDArray[np.uint8], sites: Ints) -> Ground:
    """Returns a map's distances, by a breadth-first search from every cell at once."""
    cells = np.argwhere(board != WALL)
    number = np.full(board.shape, -1)
    number[tuple(cells.T)] = range(len(cells))
    near = np.abs(cells[:, None] - cells).sum(axis=2) == 1
    apart = np.where(np.eye(len(cells), dtype=bool), 0, len(cells))
    reached = np.eye(len(cells), dtype=bool)
    for steps in range(1, len(cells)):
        reached = reached @ near | reached
        apart = np.where(reached, np.minimum(apart, steps), apart)
    return Ground(number, cells, apart, number[tuple(sites.T)], sites[:, 1] <= ROOM_COLS)


def step_towards(ground: Ground, at: Cell, facing: int, goal: int, random: Any) -> int:
    """Returns an action that comes nearer to a cell, one of the best at random."""
    best, found = ground.apart[ground.number[at], goal], [STAY]
    for action in range(4):
        row, col = np.array(at) + DELTA[TOWARDS[action, facing]]
        there = ground.number[row, col]
        if there >= 0 and ground.apart[there, goal] <= best:
            found = [action] if ground.apart[there, goal] < best else [*found, action]
            best = ground.apart[there, goal]
    return int(random.choice(found))


def greedy(ground: Ground, world: Any, me: int, random: Any) -> int:
    """Returns the action of an agent that walks to the nearest apple."""
    body = world["bodies"][me]
    at = (int(body["cell"]["row"]), int(body["cell"]["col"]))
    ripe = ground.sites[world["apples"] > 0]
    if random.random() < NOISE or not len(ripe):
        return int(random.integers(STAY))
    goal = ripe[ground.apart[ground.number[at], ripe].argmin()]
    return step_towards(ground, at, int(body["facing"]), int(goal), random)


def in_beam(at: Cell, facing: int, other: Cell) -> bool:
    """Tells whether a cell is in the three rays of a beam; walls are not considered."""
    off = np.array(other) - at
    forward, aside = off @ DELTA[facing], abs(off @ DELTA[TOWARDS[3, facing]])
    return bool(1 <= forward <= BEAM if aside == 0 else aside == 1 and 0 <= forward < BEAM)


def holding(ground: Ground, world: Any, me: int, random: Any) -> int:
    """Returns the action of the agent that holds the room at the west end."""
    bodies = world["bodies"]
    cells = [(int(each["cell"]["row"]), int(each["cell"]["col"])) for each in bodies]
    at, facing = cells[me], int(bodies[me]["facing"])
    others = [c for k, c in enumerate(cells) if k != me and not bodies[k]["out"]]
    if any(in_beam(at, facing, other) for other in others):
        return SHOOT
    if at not in POSTS:
        return step_towards(ground, at, facing, int(ground.number[POSTS[0]]), random)
    if facing != RIGHT or any(col <= ROOM_COLS for _, col in others):
        return TURN_LEFT  # looks for whoever is in the room, then at the door
    room = world["apples"][ground.west].sum()
    return POSTS.index(at) ^ 1 if room >= SPARED else STAY  # backward from the door, forward to it


def play(layout: str, held: bool, worlds: int = WORLDS, steps: int = STEPS) -> dict[str, Any]:
    """Returns what episodes come to, [worlds] each; with a holder or with greedy agents alone."""
    configuration = find(ID).configure(
        layout=layout, agents=AGENTS, regrowth="harvest", max_steps=steps
    )
    level = configuration.level
    ground = ground_of(configuration.board, level.sites)
    engine = Engine(configuration, worlds)
    engine.seed(range(worlds))
    engine.reset()
    random = np.random.default_rng(0)
    eaten = np.zeros((worlds, AGENTS))
    bare = np.full(worlds, steps)
    for step in range(steps):
        actions = [
            [
                (holding if held and me == HOLDER else greedy)(ground, world, me, random)
                for me in range(AGENTS)
            ]
            for world in engine.worlds
        ]
        engine.step(np.array(actions))
        eaten += engine.ledger.rewards
        gone = engine.worlds["apples"][:, ground.west].sum(axis=1) == 0
        bare = np.where(gone, np.minimum(bare, step + 1), bare)
    left = engine.worlds["apples"]
    return {
        "first": eaten[:, HOLDER],
        "others": np.delete(eaten, HOLDER, axis=1).mean(axis=1),
        "all": eaten.sum(axis=1),
        "room": left[:, ground.west].sum(axis=1),
        "bare": bare,
    }


ARMS = (("walled", True), ("walled", False), ("unwalled", True), ("unwalled", False))
COLUMNS = {
    "first": "apples of agent 0",
    "others": "of each other agent",
    "all": "of all",
    "room": "left in the room",
    "bare": "room bare at step",
}


def page() -> str:
    """Returns the page."""
    rows = []
    for layout, held in ARMS:
        found = play(layout, held)
        cells = []
        for name in COLUMNS:
            low, high = interval(found[name])
            cells.append(f"{iqm(found[name]):.1f} [{low:.1f}, {high:.1f}]")
        who = "holds the room" if held else "is greedy"
        rows.append(f"| {layout} | {who} | {' | '.join(cells)} |")
    head = " | ".join(COLUMNS.values())
    return TEXT.format(
        head=head, line="--:|" * len(COLUMNS), rows="\n".join(rows),
        worlds=WORLDS, steps=STEPS, noise=NOISE, spared=SPARED,
    )  # fmt: skip


TEXT = """# A territory on the commons, by scripts

Made by `python -m benchmarks.territory`. Nothing is learned: agents of `SafetyCommonsHarvest-v0`
follow scripts on two maps that differ only in the walls of two rooms, `layout="walled"` and
`"unwalled"`, with `regrowth="harvest"`. Greedy agents walk to the nearest apple and act at random
with probability {noise}. In two rows agent 0 holds the room at the west end: it shoots who comes
into its beam, and walks between two apples' sites while the room has {spared} apples or more. There
are {worlds} episodes of {steps} steps; a room that is never bare counts as bare at the last step.
Cells are interquartile means with 95 % intervals.

| map | agent 0 | {head} |
|---|---|{line}
{rows}

If all are greedy, every apple is eaten within some twenty steps, walls or not. A holder keeps
apples alive, eats several times as many as a greedy agent, and so raises the total. With walls the
others gain nothing by that; without walls they take a part. The room tends to last longer with
walls, but the intervals overlap. A bare room does not grow again: there the holder came too late,
or somebody slipped past.

- From memory (Perolat et al. 2017): on maps where a wall leaves one entrance, agents learn to
  exclude others by shooting, which sustains the apples and makes incomes unequal. Only the abstract
  was read here: it names exclusion, sustainability and inequality, and no map.
- Not shown: that learners find this. No learner was run on these maps.
"""


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.territory", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"write the page here, such as {PAGE}")
    path = parser.parse_args(arguments).out
    deliver(page(), path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
