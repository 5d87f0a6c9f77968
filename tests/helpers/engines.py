"""Engines whose episodes have started, and what they have counted."""

import numpy as np

from safety_envs import Engine
from safety_envs.envs import resolve
from safety_envs.exact.models.model import starts_of


def started(environment, num_worlds=1, seed=0, **keywords):
    """Returns an engine that is reset; world i has the seed `seed` + i."""
    engine = Engine(resolve(environment).configure(**keywords), num_worlds)
    engine.seed(range(seed, seed + num_worlds))
    engine.reset()
    return engine


def starts(environment, number, **keywords):
    """Returns the worlds in which the episodes of seeds 0 .. number-1 start."""
    return started(environment, number, **keywords).worlds


def start(environment, seed, **keywords):
    """Returns the world in which the episode of a seed starts."""
    return starts_of(resolve(environment).configure(**keywords), seed, None)[0][0]


def totals_of(engine, world=0):
    """Returns the totals of a world's episode by name."""
    return dict(zip(engine.configuration.channels, engine.ledger.totals[world], strict=True))


def random_actions(environment, *shape, seed=0):
    """Returns random actions of a shape, for each agent if there are several."""
    configuration = environment.configure()
    if environment.is_multi_agent:
        shape = (*shape, configuration.agents)
    return np.random.default_rng(seed).integers(len(configuration.actions), size=shape)
