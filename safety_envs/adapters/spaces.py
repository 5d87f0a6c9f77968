"""Gymnasium spaces of a configuration."""

from typing import Any

import numpy as np
from gymnasium import spaces

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer


def observation_space(observer: Observer) -> spaces.Space[Any]:
    """Returns the space of one world's observation: with several agents, of all of them."""
    if observer.encoding == "text":
        rows, cols = observer.shape
        characters = "".join(map(chr, range(32, 127))) + "\n"
        length = rows * cols + rows - 1
        return spaces.Text(min_length=length, max_length=length, charset=characters)
    return spaces.Box(observer.low, observer.high, observer.shape, observer.dtype)


def agent_observation_space(observer: Observer) -> spaces.Box:
    """Returns the space of one agent's observation, the same for all of several agents."""
    low, high = (
        bound if np.ndim(bound) == 0 else bound[0] for bound in (observer.low, observer.high)
    )
    return spaces.Box(low, high, observer.shape[1:], observer.dtype)


def action_space(configuration: Configuration) -> spaces.Space[Any]:
    """Returns the space of one world's action: a number, or one number for each agent."""
    number = len(configuration.actions)
    if not configuration.environment.is_multi_agent:
        return spaces.Discrete(number)
    return spaces.MultiDiscrete(np.full(configuration.agents, number))
