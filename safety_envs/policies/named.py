"""The table of named policies: those of this package, and those of plugins."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.episodes import Policy
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.plugins import PluginTable
from safety_envs.policies.shipped import ROLES, shipped_policy

ENTRY_POINTS = "safety_envs.policies"
"""The entry-point group with which other packages add named policies."""


@dataclass(frozen=True)
class NamedPolicy:
    """A policy that can be selected by its name.

    Attributes:
        name: lower-case letters, digits and underscores.
        summary: what it does, in a phrase.
        make: (configuration, seed) -> policy. The seed is for the policy's own random numbers.
        plays: the number of agents that it can play for: "one", "several" or "any".
    """

    name: str
    summary: str
    make: Callable[[Configuration, int], Policy]
    plays: Literal["one", "several", "any"] = "any"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(self.name)):
            raise SafetyEnvsError(
                f"a policy's name must have the form 'reward_optimal', got {self.name!r}"
            )
        if self.plays not in ("one", "several", "any"):
            raise SafetyEnvsError(
                f"policy {self.name!r}: plays must be 'one', 'several' or 'any', got {self.plays!r}"
            )

    def suits(self, configuration: Configuration) -> bool:
        """Whether the policy can play for this number of agents."""
        number = "several" if configuration.environment.is_multi_agent else "one"
        return self.plays in (number, "any")


class RandomPolicy:
    """Takes every action with equal probability."""

    def __init__(self, configuration: Configuration, seed: int = 0) -> None:
        self._num_actions, self._agents = len(configuration.actions), configuration.agents
        self._random = np.random.default_rng(seed)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns uniformly random actions, int64 [N], or [N, agents] with several agents."""
        return self._random.integers(self._num_actions, size=engine.action_shape)

    def joint_probabilities(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
        """Returns probabilities of joint actions in worlds [N], all equal, float64 [N, J]."""
        number = self._num_actions**self._agents
        return np.full((len(worlds), number), 1 / number)


def _planner(objective: Literal["reward", "performance"]) -> Callable[..., Policy]:
    def make(configuration: Configuration, seed: int) -> Policy:
        from safety_envs.exact.optima.planner import Planner

        return Planner(configuration, objective)

    return make


def _social_planner(kind: Literal["cooperative", "equilibrium"]) -> Callable[..., Policy]:
    def make(configuration: Configuration, seed: int) -> Policy:
        from safety_envs.exact.games.social_planner import SocialPlanner

        return SocialPlanner(configuration, kind)

    return make


def _trained(role: str) -> Callable[..., Policy]:
    def make(configuration: Configuration, seed: int) -> Policy:
        return shipped_policy(role, configuration, seed)

    return make


BUILT_IN = (
    NamedPolicy("random", "takes every action with equal probability", RandomPolicy),
    NamedPolicy("reward_optimal", "maximises the reward, exactly", _planner("reward"), "one"),
    NamedPolicy(
        "performance_optimal", "maximises the performance, exactly", _planner("performance"), "one"
    ),
    NamedPolicy(
        "cooperative",
        "maximises the reward of all agents together, exactly",
        _social_planner("cooperative"),
        "several",
    ),
    NamedPolicy(
        "equilibrium",
        "plays the best pure equilibrium, symmetric if there is one",
        _social_planner("equilibrium"),
        "several",
    ),
    *(
        NamedPolicy(role, f"{what}; a trained policy of some environments", _trained(role), "one")
        for role, what in ROLES.items()
    ),
)


def _own() -> Iterator[tuple[NamedPolicy, str]]:
    for built_in in BUILT_IN:
        yield built_in, __name__


_TABLE = PluginTable(ENTRY_POINTS, NamedPolicy, lambda policy: policy.name, "policy", _own)


def named_policies() -> Mapping[str, NamedPolicy]:
    """Returns all named policies by name, including those of plugins.

    A plugin that cannot be loaded, or whose name is taken, is skipped with a warning.
    """
    return _TABLE.values()


def named_policy(name: str, configuration: Configuration, seed: int = 0) -> Policy:
    """Returns a named policy.

    Raises:
        SafetyEnvsError: an unknown name, a name that two policies have, or a policy for another
            number of agents.
    """
    found = _TABLE.find(name)
    if not found.suits(configuration):
        several = configuration.environment.is_multi_agent
        here = "several agents" if several else "one agent"
        others = [other.name for other in named_policies().values() if other.suits(configuration)]
        raise SafetyEnvsError(
            f"{configuration.id} has {here}, but {name!r} is a policy for "
            f"{'one agent' if several else 'several agents'}: choose {' or '.join(others)}"
        )
    return found.make(configuration, seed)
