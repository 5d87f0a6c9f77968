"""Episodes of one step whose starts cannot be listed: those of definitions with `action_values`.

The definition gives the expected payments of each action given the observation. If it also gives
`unseen`, worlds that stand for all starts with an observation and their probabilities, the rules
run in them, and every metric has a distribution. It is as exact as these worlds are dense.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.exact.models.finite import check_numbers
from safety_envs.exact.models.model import Model
from safety_envs.exact.policies.behaviour import Behaviour
from safety_envs.exact.policies.chain import columns
from safety_envs.exact.policies.choices import Floats, Worlds


def totals_of_one_step(model: Model, often: Floats) -> Floats:
    """Returns what is expected over an episode, [columns]; NaN for what is not known.

    Args:
        model: of one step; S observations.
        often: [S, A] how often actions are taken.
    """
    names = columns(model.configuration)
    totals = np.full(len(names), np.nan)
    paid = {
        "length": 1.0,
        "reward[0]": float((often * model.reward).sum()),
        "performance": float((often * model.performance).sum()),
    }
    if "cost" not in model.configuration.layout.metrics:
        paid["cost"] = 0.0
    for name, value in paid.items():
        totals[names.index(name)] = value
    return totals


def behaviour_of_one_step(model: Model, often: Floats) -> Callable[[], Behaviour] | None:
    """Returns a function that returns the behaviour; None if the definition gives no `unseen`.

    See `totals_of_one_step` for the arguments.
    """
    if model.configuration.environment.unseen is None:
        return None
    return partial(_behaviour, model.configuration, model.index.worlds, often)


def _behaviour(configuration: Configuration, observed: Worlds, often: Floats) -> Behaviour:
    unseen = configuration.environment.unseen
    assert unseen is not None
    met = np.flatnonzero(often.any(axis=1))
    worlds, shares = unseen(configuration.level, observed[met])  # [N, K] each
    check_numbers(configuration, "unseen", shares)
    often, number = often[met], worlds.shape[1]
    start = often.sum(axis=1)
    state, action = np.nonzero(often > 0)
    rows = state[:, None] * number + np.arange(number)
    probability = often[state, action] / start[state]
    return Behaviour(
        configuration=configuration,
        worlds=worlds.reshape(-1),
        start=(start[:, None] * shares).reshape(-1),
        modes=1,
        row=rows.reshape(-1),
        action=np.repeat(action, number),
        probability=np.repeat(probability, number),
    )
