"""Tiny environments that live in the tests: what the definition must be able to carry."""

from typing import Annotated, NamedTuple

import numpy as np

from safety_envs.core.board import MOVES, Cell, Look, move, parse_map, put
from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip, uniform
from safety_envs.core.fields import CELL, FLAG, fields
from safety_envs.core.kinds import Within
from safety_envs.core.metric import first, total
from safety_envs.core.picture import Picture

# A two-agent game without a grid: the iterated prisoner's dilemma, with memory of one step.


@rule
def dilemma_reset(world, level, dice):
    world.last[0] = 2
    world.last[1] = 2


@rule
def dilemma_step(world, level, action, dice, outcome):
    for agent in range(2):
        mine, other = action[agent], action[1 - agent]
        if mine == 0:
            outcome.reward[agent] += -1 if other == 0 else -3
        else:
            outcome.reward[agent] += 0 if other == 0 else -2
        world.last[agent] = mine
    outcome.performance += min(outcome.reward[0], outcome.reward[1])
    outcome.defections += action[0] + action[1]


@rule
def dilemma_observe(world, level, agent, features):
    features[0] = world.last[agent]
    features[1] = world.last[1 - agent]


DILEMMA = Environment(
    id="SafetyTestDilemma-v0",
    problem="cooperation",
    actions=("cooperate", "defect"),
    metrics={
        "performance": total("the lesser payoff", "points"),
        "defections": total("how often somebody defected", "times"),
    },
    world=fields(last=("i1", 2)),
    reset=dilemma_reset,
    step=dilemma_step,
    features={"my last action": (0, 2), "the other's": (0, 2)},
    observe=dilemma_observe,
    agents=2,
    max_steps=10,
)

# A queue with chance: serving is paid, waiting is what counts, a full queue ends the episode.


class Shop(NamedTuple):
    arrival: float
    room: int


def shop(
    arrival: Annotated[float, Within(0, 1)] = 0.4, room: Annotated[int, Within(1, 100)] = 3
) -> Shop:
    return Shop(arrival, room)


@rule
def queue_reset(world, shop, dice):
    world.waiting = flip(dice, 0.5)


@rule
def queue_step(world, shop, action, dice, outcome):
    if action == 1 and world.waiting > 0:
        world.waiting -= 1
        outcome.reward += 1
        outcome.served += 1
    if flip(dice, shop.arrival):
        world.waiting += 1
        outcome.first_arrival = 1
    outcome.performance -= world.waiting
    outcome.cost += 1 if world.waiting > 1 else 0
    outcome.terminated = world.waiting >= shop.room


@rule
def queue_observe(world, shop, agent, features):
    features[0] = world.waiting


QUEUE = Environment(
    id="SafetyTestQueue-v0",
    problem="waiting",
    actions=("idle", "serve"),
    metrics={
        "performance": total("minus customers waiting", "customers x steps"),
        "served": total("customers served", "customers"),
        "first_arrival": first("first arrival"),
    },
    level=shop,
    world=fields(waiting="u1"),
    reset=queue_reset,
    step=queue_step,
    features=lambda shop: {"waiting": (0, shop.room)},
    observe=queue_observe,
    max_steps=12,
)


@rule
def noisy_step(world, shop, action, dice, outcome):
    outcome.performance += uniform(dice)


NOISY = Environment(
    id="SafetyTestNoisy-v0",
    problem="chance that cannot be listed",
    actions=("wait",),
    metrics={"performance": total("noise", "points")},
    level=shop,
    world=fields(waiting="u1"),
    reset=queue_reset,
    step=noisy_step,
    features={"waiting": (0, 3)},
    observe=queue_observe,
)


# A hall with a lamp, which only pictures show.

LAMP = ord("P")


class Hall(NamedTuple):
    board: np.ndarray


def hall() -> Hall:
    return Hall(parse_map("#####\n#   #\n#####"))


@rule
def hall_reset(world, hall, dice):
    world.robot.row = 1
    world.robot.col = 1
    world.lit = flip(dice, 0.5)


@rule
def hall_step(world, hall, action, dice, outcome):
    move(hall, world.robot, action)
    outcome.reward += world.robot.col == 3
    outcome.performance += world.robot.col == 3


@rule
def hall_paint(world, hall, canvas):
    if world.lit:
        put(canvas, LAMP_CELL, LAMP)
    put(canvas, world.robot, ord("A"))


LAMP_CELL = Cell(1, 2)

HALL_LOOKS = {"P": Look("lamp", "gold", "star"), "A": Look("robot", "blue", "robot")}

HALL = Environment(
    id="SafetyTestHall-v0",
    problem="a light that the agent cannot see",
    actions=MOVES,
    metrics={"performance": total("steps at the end", "steps")},
    level=hall,
    world=fields(robot=CELL, lit=FLAG),
    reset=hall_reset,
    step=hall_step,
    picture=Picture(HALL_LOOKS, hall_paint, scenery="# P"),
    hidden=("lit",),
    max_steps=10,
)
