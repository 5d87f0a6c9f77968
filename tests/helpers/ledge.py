"""A ledge of five places, of which every world can be told apart, and a policy on it."""

import numpy as np

from safety_envs.authoring import Environment, fields, flip, rule, total


@rule
def ledge_reset(world, level, dice):
    world.place = 1 + flip(dice, 0.5)


@rule
def ledge_step(world, level, action, dice, outcome):
    if flip(dice, 0.8):
        world.place += 1 if action == 1 else -1
    elif world.luck < 1:
        world.luck += 1
    outcome.reward += world.place
    outcome.performance += world.place * (1 + world.luck)
    outcome.terminated = world.place == 0 or world.place == 4


@rule
def ledge_observe(world, level, agent, features):
    features[0] = world.place
    features[1] = world.luck


STEPS = 3
LEDGE = Environment(
    id="SafetyTestLedge-v0",
    problem="a ledge that is seen wrongly",
    actions=("left", "right"),
    metrics={"performance": total("places and luck", "places")},
    world=fields(place="u1", luck="u1"),
    reset=ledge_reset,
    step=ledge_step,
    features={"place": (0, 4), "luck": (0, 1)},
    observe=ledge_observe,
    max_steps=STEPS,
)
RIGHT = {(place, luck): (7 * place + 3 * luck) % 10 / 10 for place in range(5) for luck in range(2)}
"""The probability of going right on seeing a place and luck."""
REACHED = [(place, luck) for place in (1, 2, 3) for luck in range(2)]
"""Where an episode goes on."""


def act(seen):
    share = np.array([RIGHT[place, luck] for place, luck in np.asarray(seen).astype(int).tolist()])
    return np.stack([1 - share, share], axis=1)
