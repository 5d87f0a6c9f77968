"""Policies that depend on the number of steps taken, and the parts of joint policies.

Joint actions are numbered as in `exact.policies.choices`: the first agent's is the slowest digit.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.policies.choices import Choices, Floats, Worlds

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@runtime_checkable
class HasTimedChoices(Protocol):
    """A policy that can give its probabilities, which depend on the number of steps taken."""

    def joint_probabilities_at(self, worlds: Worlds, step: int) -> Floats:
        """Returns the probabilities of joint actions in worlds [N], float64 [N, J]."""


class Acting(NamedTuple):
    """How all agents act.

    Attributes:
        at: (worlds [N], number of steps taken) -> the probabilities of joint actions, [N, J].
        depends_on_time: whether the number of steps matters.
    """

    at: Callable[[Worlds, int], Floats]
    depends_on_time: bool = True


def at_all_times(choices: Choices) -> Acting:
    """Returns how agents act whose choices do not depend on the time."""
    return Acting(lambda worlds, step: choices(worlds), depends_on_time=False)


class TimedPolicy:
    """Samples joint actions in an engine's worlds.

    `evaluate` and `rollout` take it as a policy.

    Args:
        configuration: an environment with several agents.
        acting: how they act.
        seed: the seed of its own random numbers.
    """

    def __init__(self, configuration: Configuration, acting: Acting, seed: int = 0) -> None:
        self.acting = acting
        self._shape = (len(configuration.actions),) * configuration.agents
        self._random = np.random.default_rng(seed)

    def joint_probabilities_at(self, worlds: Worlds, step: int) -> Floats:
        """Returns the probabilities of joint actions in worlds [N], float64 [N, J].

        Args:
            worlds: structured [N].
            step: the number of steps taken in the episode.
        """
        return self.acting.at(worlds, step)

    def __call__(self, engine: Engine) -> Ints:
        """Returns sampled actions, int64 [N, agents], in an engine's worlds."""
        actions = np.zeros(engine.action_shape, np.int64)
        steps = engine.ledger.steps
        for step in np.unique(steps[engine.running]).tolist():
            here = np.flatnonzero(engine.running & (steps == step))
            probabilities = self.acting.at(engine.worlds[here], step)
            below = probabilities.cumsum(axis=1)
            drawn = self._random.random((len(here), 1)) * below[:, -1:]
            joint = (below <= drawn).sum(axis=1)
            actions[here] = np.stack(np.unravel_index(joint, self._shape), axis=1)
        return actions


def check_covered(covered: Mask, step: int, steps: int) -> None:
    """Checks that a policy covers worlds [N] with a number of steps taken.

    Args:
        covered: bool [N], whether it covers each world.
        step: how many steps have been taken.
        steps: for how many steps the policy is.

    Raises:
        SafetyEnvsError: a world is not covered, or the episode is longer.
    """
    if step >= steps:
        raise SafetyEnvsError(
            f"this policy was computed for {steps} steps, and the episode is longer: "
            "compute it with a longer horizon="
        )
    if not covered.all():
        raise SafetyEnvsError(
            "this policy was computed for other starts, from which this world is not reached: "
            "compute it for the starts that are played (seed= or starts=)"
        )


def part_of(probabilities: Floats, shape: tuple[int, ...], group: Collection[int]) -> Floats:
    """Returns the probability of a group's part of every joint action, float64 [N, J].

    Args:
        probabilities: float64 [N, J], of joint actions.
        shape: the number of actions of each agent.
        group: the agents whose part it is.
    """
    table = probabilities.reshape(-1, *shape)
    rest = tuple(1 + agent for agent in range(len(shape)) if agent not in group)
    part = np.broadcast_to(table.sum(axis=rest, keepdims=True), table.shape)
    return part.reshape(probabilities.shape)


def parts_together(
    configuration: Configuration, one: Acting, other: Acting, group: Collection[int]
) -> Acting:
    """Returns how agents act if a group plays its part of one policy, and all others of another."""
    agents = range(configuration.agents)
    shape = (len(configuration.actions),) * configuration.agents
    rest = [agent for agent in agents if agent not in group]

    def at(worlds: Worlds, step: int) -> Floats:
        own = part_of(one.at(worlds, step), shape, group)
        return own * part_of(other.at(worlds, step), shape, rest)

    return Acting(at, one.depends_on_time or other.depends_on_time)
