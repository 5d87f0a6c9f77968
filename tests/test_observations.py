"""What observations say: a text says all of the default observation, and nothing more."""

from collections import defaultdict
from typing import NamedTuple

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import Engine, Observer, SafetyEnvsError, environments, find, sb3_vec_env
from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv
from safety_envs.adapters.spaces import agent_observation_space, observation_space
from safety_envs.adapters.vector_env import SafetyVectorEnv
from safety_envs.core.observe import encodings
from tests.configurations import CONFIGURATIONS, name_of
from tests.definitions import DILEMMA, QUEUE
from tests.test_engine import ids

WORLDS, STEPS = 64, 50


def moments(configuration, steps=STEPS, worlds=WORLDS):
    """Yields the worlds of random play at every step, the last of an episode included."""
    engine = Engine(configuration, worlds)
    engine.seed(range(worlds))
    engine.reset()
    chance = np.random.default_rng(0)
    yield engine.worlds
    for _ in range(steps):
        engine.step(chance.integers(len(configuration.actions), size=engine.action_shape))
        yield engine.worlds
        if engine.done.any():
            engine.reset(engine.done)
            yield engine.worlds


def space_of_one(observer):
    """Returns the space of what one agent sees."""
    several = observer.configuration.environment.is_multi_agent
    return (agent_observation_space if several else observation_space)(observer)


def flat(texts):
    return [text for each in texts for text in (each if isinstance(each, tuple) else (each,))]


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_the_text_is_the_same_if_and_only_if_the_default_observation_is(case):
    configuration = find(case[0]).configure(**case[1])
    default, text = Observer(configuration), Observer(configuration, "text")
    space = space_of_one(text)
    seen_by_text, texts_by_seen = defaultdict(set), defaultdict(set)
    for worlds in moments(configuration):
        seen = default(worlds) + default.dtype(0)  # -0.0 is the same number as 0.0
        rows = seen.reshape(len(worlds) * configuration.agents, -1)
        found = flat(text(worlds))
        assert len(found) == len(rows)
        for row, each in zip(rows, found, strict=True):
            seen_by_text[each].add(row.tobytes())
            texts_by_seen[row.tobytes()].add(each)
    for each, seen in seen_by_text.items():
        assert len(seen) == 1, f"one text stands for {len(seen)} default observations:\n{each}"
        assert each in space
    for several in texts_by_seen.values():
        assert len(several) == 1, "texts of one default observation:\n" + "\n\n".join(several)
