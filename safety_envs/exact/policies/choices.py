"""Choices: the probabilities with which agents take each joint action in a world, as arrays.

This is what exact evaluation needs to know of a policy: a function of worlds [N] that returns the
probabilities of their joint actions, float64 [N, J]. Joint actions are numbered as in
`Expander.actions`, the first agent's slowest; with one agent they are its actions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer

Worlds = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Choices = Callable[[Worlds], Floats]


@runtime_checkable
class HasChoices(Protocol):
    """A policy that can give its probabilities."""

    def joint_probabilities(self, worlds: Worlds) -> Floats:
        """Returns the probabilities of the joint actions in worlds [N], float64 [N, J]."""


@dataclass(frozen=True)
class ObservedChoices:
    """The choices of a policy that acts on observations, and can be asked about any observations.

    Attributes:
        observe: worlds [N] -> what the policy takes.
        act: (what the policy takes, N) -> probabilities of joint actions, float64 [N, J].
    """

    observe: Callable[[Worlds], Any]
    act: Callable[[Any, int], Floats]

    def __call__(self, worlds: Worlds) -> Floats:
        """Returns the probabilities of joint actions in worlds [N], float64 [N, J]."""
        return self.act(self.observe(worlds), len(worlds))


def joint(probabilities: Floats) -> Floats:
    """Returns the probabilities of joint actions [N, J] of agents that act independently.

    Args:
        probabilities: float64 [N, agents, A], of each agent's actions.
    """
    together = probabilities[:, 0]
    for agent in range(1, probabilities.shape[1]):
        product = together[:, :, None] * probabilities[:, agent, None, :]
        together = product.reshape(len(probabilities), -1)
    return together


def from_observations(
    configuration: Configuration, act: Callable[[Any], Any], observation: str | None = None
) -> ObservedChoices:
    """Returns the choices of a function of observations.

    Args:
        configuration: the environment.
        act: takes the observations of N worlds and returns actions, whole numbers [N] or
            [N, agents]; or the probabilities of each agent's actions, [N, A] or [N, agents, A].
        observation: the encoding that it takes; the environment's first if None.
    """

    def probabilities(seen: Any, number: int) -> Floats:
        try:
            found = act(seen)
        except AttributeError as error:
            if error.obj is not seen:
                raise
            raise SafetyEnvsError(
                f"the policy's function asks for `.{error.name}`, but `evaluate` gives a function "
                "the observations of N worlds, not an engine: let it take observations"
            ) from error
        return joint(probabilities_of(configuration, found, number))

    return ObservedChoices(Observer(configuration, observation), probabilities)


def probabilities_of(configuration: Configuration, found: Any, number: int) -> Floats:
    """Returns the probabilities of each agent's actions, [N, agents, A], of what a policy returned.

    Raises:
        SafetyEnvsError: it is neither actions nor probabilities.
    """
    agents, actions = configuration.agents, len(configuration.actions)
    several = (agents,) if configuration.environment.is_multi_agent else ()
    array = np.asarray(found)
    if array.shape == (number, *several) and array.dtype.kind in "iub":
        if array.size and not (array.min() >= 0 and array.max() < actions):
            raise SafetyEnvsError(
                f"the policy's actions must be from 0 to {actions - 1}, "
                f"got {array.min()} to {array.max()}"
            )
        return np.eye(actions)[array.astype(np.int64)].reshape(number, agents, actions)
    if array.shape == (number, *several, actions) and array.dtype.kind in "iuf":
        table = array.astype(np.float64).reshape(number, agents, actions)
        if not ((table >= 0).all() and np.allclose(table.sum(axis=-1), 1, atol=1e-5)):
            raise SafetyEnvsError("the policy's probabilities must be at least 0 and sum to 1")
        normed: Floats = table / table.sum(axis=-1, keepdims=True)
        return normed
    raise SafetyEnvsError(
        f"a policy must return actions, whole numbers of shape {(number, *several)}, or the "
        f"probabilities of actions, of shape {(number, *several, actions)}: got {array.dtype} "
        f"of shape {array.shape}"
    )
