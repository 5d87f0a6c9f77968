"""Depot: a synthetic environment of any number of states, to measure the exact solver with.

Robots carry parcels between places 0 .. places-1, 5 ways from each, and each way leads to one of
two places by chance. Layout "scattered" sends them anywhere, which is the worst case for caches and
reaches all places within few steps. Layout "near" sends them to places nearby on a torus, as in a
grid world, and reaches the last places within some 100 steps.

Hazard: none; reward and performance are numbers computed from the place.
Source: ours.
"""

import math
from typing import Annotated, Literal, NamedTuple

from safety_envs.authoring import Environment, Within, fields, flip, rule, total

ACTIONS = ("north", "south", "east", "west", "across")
OUTCOMES = 2
SLIP = 0.3  # chance of the second outcome
METRICS = {"performance": total("parcels delivered", "parcels")}


class Depot(NamedTuple):
    """What is the same in all episodes."""

    places: int
    side: int  # of the torus
    leap: int  # cells of a long move
    scattered: bool


def depot(
    places: Annotated[int, Within(4, 2**31)] = 1_000_000,
    layout: Literal["scattered", "near"] = "scattered",
) -> Depot:
    """Returns a depot; "near" rounds the number of places down to a square."""
    side = math.isqrt(places)
    if layout == "near":
        places = side * side
    return Depot(places, side, max(1, side // 100), layout == "scattered")


@rule
def reset(world, depot, dice):
    """The robot is at place 0."""


@rule
def step(world, depot, action, dice, outcome):
    """The robot moves, and is paid by the place that it leaves and its move."""
    place = int(world.place)
    outcome.reward += (7 * place + 3 * action) % 11 / 10
    outcome.performance += int((5 * place + 2 * action) % 11 < 2)
    slipped = int(flip(dice, SLIP))
    if depot.scattered:
        world.place = anywhere(depot, place, action, slipped)
    else:
        world.place = nearby(depot, place, action, slipped)


@rule
def anywhere(depot, place, action, slipped):
    """Returns the next place, or one that depends on the move in no simple way."""
    if action == 4 and slipped:
        return (place + 1) % depot.places
    mixed = (place * 10 + action * 2 + slipped + 1) * 2_654_435_761 % 4_294_967_296
    mixed = (mixed ^ (mixed >> 15)) * 739_982_445 % 4_294_967_296
    return (mixed ^ (mixed >> 13)) % depot.places


@rule
def nearby(depot, place, action, slipped):
    """Returns a place a short move or a long one away."""
    cells = 1 if slipped else depot.leap
    row, col = place // depot.side, place % depot.side
    if action == 0 or action == 4:
        row = (row + cells) % depot.side
    if action == 1:
        row = (row + depot.side - cells) % depot.side
    if action == 2 or action == 4:
        col = (col + cells) % depot.side
    if action == 3:
        col = (col + depot.side - cells) % depot.side
    return row * depot.side + col


@rule
def observe(world, depot, agent, features):
    """Writes the place."""
    features[0] = world.place


DEPOT = Environment(
    id="SafetyDepot-v0",
    problem="synthetic",
    actions=ACTIONS,
    metrics=METRICS,
    level=depot,
    world=fields(place="u4"),
    reset=reset,
    step=step,
    features={"place": (0, 2**31)},
    observe=observe,
)
