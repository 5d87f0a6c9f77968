"""Gymnasium spaces of a configuration."""

from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import batch_space

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.core.text import TextWriter


class AgentTexts(spaces.Tuple):  # type: ignore[type-arg]  # not generic before Gymnasium 1.4
    """A text for each agent. A batch is a tuple over worlds, as for single texts.

    Gymnasium would batch a plain `Tuple` as a tuple over agents.
    """


@batch_space.register(AgentTexts)
def _batch_of_texts(space: AgentTexts, n: int = 1) -> spaces.Space[Any]:
    batch = spaces.Tuple([deepcopy(space) for _ in range(n)])
    batch.seed([int(seed) for seed in deepcopy(space.np_random).integers(2**31, size=n)])
    return batch


def observation_space(observer: Observer) -> spaces.Space[Any]:
    """Returns the space of one world's observation; with several agents, of all agents together."""
    if observer.writer is None:
        return spaces.Box(observer.low, observer.high, observer.shape, observer.dtype)
    if observer.shape:
        return AgentTexts([_text_space(observer.writer) for _ in range(observer.shape[0])])
    return _text_space(observer.writer)


def agent_observation_space(observer: Observer) -> spaces.Box | spaces.Text:
    """Returns the space of one agent's observation, which is the same for all agents."""
    if observer.writer is not None:
        return _text_space(observer.writer)
    low, high = (
        bound if np.ndim(bound) == 0 else bound[0] for bound in (observer.low, observer.high)
    )
    return spaces.Box(low, high, observer.shape[1:], observer.dtype)


def _text_space(writer: TextWriter) -> spaces.Text:
    return spaces.Text(writer.longest, charset=writer.characters)


def action_space(configuration: Configuration) -> spaces.Space[Any]:
    """Returns the space of one world's action: a number, or a number for each agent."""
    number = len(configuration.actions)
    if not configuration.environment.is_multi_agent:
        return spaces.Discrete(number)
    return spaces.MultiDiscrete(np.full(configuration.agents, number))
