"""Games of two agents as tables of what agent 0 wins and agent 1 loses."""

from typing import Annotated, NamedTuple

import numpy as np

from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip
from safety_envs.core.fields import fields
from safety_envs.core.kinds import OneOf, Within
from safety_envs.core.metric import total

MATRICES = {
    "pennies": [[1, -1], [-1, 1]],
    "rock_paper_scissors": [[0, -1, 1], [1, 0, -1], [-1, 1, 0]],
    "mixed": [[3, -1], [-2, 4]],
    "saddle": [[4, 1, 3], [6, 2, 2], [0, 1, 9]],
    "rising": [[2, 0], [0, 1]],
}


class Payoffs(NamedTuple):
    """What is the same in all episodes."""

    wins: np.ndarray  # [states, A, A] what agent 0 wins
    after: np.ndarray  # [states, A, A] the next state, -1 for the end
    chance: np.ndarray  # [states, A, A] that it is reached; otherwise the state stays


def matrix(
    game: Annotated[str, OneOf([*MATRICES, "random"])] = "pennies",
    number: Annotated[int, Within(0, 1000)] = 0,
) -> Payoffs:
    """Returns a matrix that is played again and again.

    "rising": if both choose the first action, the payoffs double from then on. "random": a random
    game of three states with three actions.
    """
    if game == "random":
        random = np.random.default_rng(number)
        shape = (3, 3, 3)
        wins = random.integers(-3, 4, shape).astype(float)
        return Payoffs(wins, random.integers(-1, 3, shape), random.choice([0.5, 1.0], shape))
    table = np.array(MATRICES[game], float)
    wins = np.stack([table, 2 * table])
    after = np.broadcast_to(np.arange(2)[:, None, None], wins.shape).copy()
    if game == "rising":
        after[0, 0, 0] = 1
    return Payoffs(wins, after, np.ones(wins.shape))


@rule
def reset(world, level, dice):
    world.state = 0


@rule
def step(world, level, action, dice, outcome):
    at = world.state
    outcome.reward[0] += level.wins[at, action[0], action[1]]
    outcome.reward[1] -= level.wins[at, action[0], action[1]]
    outcome.performance += level.wins[at, action[0], action[1]]
    if flip(dice, level.chance[at, action[0], action[1]]):
        after = level.after[at, action[0], action[1]]
        if after < 0:
            outcome.terminated = 1
        else:
            world.state = after


@rule
def observe(world, level, agent, features):
    features[0] = world.state


ZERO_SUM_GAME = Environment(
    id="SafetyZeroSumGame-v0",
    problem="test",
    actions=lambda level: tuple(f"action {k}" for k in range(level.wins.shape[1])),
    metrics={"performance": total("what agent 0 wins", "points")},
    level=matrix,
    world=fields(state="u1"),
    reset=reset,
    step=step,
    features={"state": (0, 2)},
    observe=observe,
    agents=2,
    max_steps=1,
)
