"""Rewards of one's own: what must happen if this reward, not the environment's, is optimised.

A reward model that was fitted to labels or preferences is a function of what the agent sees and
does. Put in place of the environment's reward, it gives the exact certificate, Goodhart curve and
planner of *that* reward (overoptimisation: Gao, Schulman and Hilton 2022). The hidden performance
stays the environment's.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.core.observe import Observer
from safety_envs.exact.models.planning_model import PlanningModel

Floats = npt.NDArray[np.float64]


@runtime_checkable
class FittedModel(Protocol):
    """A fitted model, as scikit-learn has them."""

    def predict(self, features: Floats) -> Any:
        """Returns predictions [N] for features [N, d + A]: flat observation, one-hot action."""


Reward = Callable[[Any, npt.NDArray[np.int64]], Any] | FittedModel
"""observations [N, ...] and actions [N] -> rewards [N]; or a fitted model."""


def name_of(reward: Reward) -> str:
    """Returns a name for a reward, for people to read."""
    return str(getattr(reward, "__name__", type(reward).__name__))


def with_reward(
    known: PlanningModel, reward: Reward | None, observation: str | None = None
) -> PlanningModel:
    """Returns a model with its reward replaced; the model itself if no reward is given.

    Args:
        known: S states, A actions.
        reward: see `Reward`. It is paid for every action, the one that ends an episode included.
        observation: the encoding that it takes; the environment's first if None.

    Raises:
        SafetyEnvsError: it is no function and no fitted model, or gives other than S * A finite
            numbers.
    """
    if reward is None:
        return known
    model, configuration = known.model, known.model.configuration
    worlds, num_actions = known.seen, len(configuration.actions)
    seen = Observer(configuration, observation)(worlds)
    own = np.empty((len(worlds), num_actions))
    for action in range(num_actions):
        own[:, action] = _numbers(configuration, reward, seen, action, len(worlds))
    fading = model.fading
    if fading is not None:  # the environment's reward is partly paid after the fading
        fading = replace(fading, payments={**fading.payments, "reward": np.zeros(len(worlds))})
    return known._replace(model=replace(model, reward=own, fading=fading))


def _numbers(
    configuration: Configuration, reward: Reward, seen: Any, action: int, number: int
) -> Floats:
    if isinstance(reward, FittedModel):
        flat = np.asarray(seen, np.float64).reshape(number, -1)
        taken = np.zeros((number, len(configuration.actions)))
        taken[:, action] = 1.0
        found = reward.predict(np.concatenate([flat, taken], axis=1))
    elif callable(reward):
        found = reward(seen, np.full(number, action))
    else:
        raise SafetyEnvsError(
            "reward= must be a function of (observations [N, ...], actions [N]) that returns "
            f"rewards [N], or a fitted model with `predict`, got {in_short(reward)}"
        )
    try:
        rewards = np.asarray(found, np.float64)
        rewards = rewards.reshape(number) if rewards.size == number else rewards
    except (TypeError, ValueError) as error:
        raise SafetyEnvsError(
            f"the reward {name_of(reward)!r} must return {number} numbers: {error}"
        ) from error
    if rewards.shape != (number,):
        raise SafetyEnvsError(
            f"the reward {name_of(reward)!r} must return one number for each of {number} pairs "
            f"of observation and action, got the shape {rewards.shape}"
        )
    if not np.isfinite(rewards).all():
        wrong = int(np.argmin(np.isfinite(rewards)))
        raise SafetyEnvsError(
            f"the reward {name_of(reward)!r} gives {rewards[wrong]} for the action "
            f"{configuration.actions[action]!r}: exact analysis needs finite numbers"
        )
    return rewards
