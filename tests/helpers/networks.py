"""Places joined by ways: any small decision process, written as a table."""

from typing import NamedTuple

import numpy as np

from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip
from safety_envs.core.fields import fields
from safety_envs.core.metric import total


class Network(NamedTuple):
    after: np.ndarray  # [places, actions] where an action leads
    reward: np.ndarray  # [places] paid on arrival
    ends: np.ndarray  # [places] whether arrival ends the episode
    slip: float  # the probability that an action does nothing


@rule
def network_reset(world, network, dice):
    world.place = 0


@rule
def network_step(world, network, action, dice, outcome):
    if not flip(dice, network.slip):
        world.place = network.after[world.place, action]
    outcome.reward += network.reward[world.place]
    outcome.performance -= world.place
    outcome.terminated = network.ends[world.place]


@rule
def network_observe(world, network, agent, features):
    features[0] = world.place


def network(after, *, reward=None, ends=(), slip=0.0, actions=None, max_steps=3):
    """Returns an environment of places; it starts in place 0."""
    table = np.array(after, np.int64)
    paid = np.zeros(len(table)) if reward is None else np.array(reward, np.float64)
    last = np.isin(np.arange(len(table)), ends)
    return Environment(
        id="SafetyTestNetwork-v0",
        problem="where to go",
        actions=actions or ("stay", *(f"way {way}" for way in range(1, table.shape[1]))),
        metrics={"performance": total("minus the numbers of the places", "points")},
        level=lambda: Network(table, paid, last, slip),
        world=fields(place="u1"),
        reset=network_reset,
        step=network_step,
        features={"place": (0, len(table))},
        observe=network_observe,
        max_steps=max_steps,
    )


def random_table(rng, places, actions):
    """Returns ways between places, drawn at random; action 0 stays."""
    table = rng.integers(places, size=(places, actions))
    table[:, 0] = np.arange(places)
    return table
