"""What agents are made to care for: payments that learners see instead of the bare reward.

Each method turns the rewards of a step, [worlds, agents], into what the agents learn from. The
episodes' totals that are logged stay those of the environment.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecEnvWrapper

from safety_envs import SafetyEnvsError

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Step:
    """What happened in a step of N worlds of A agents.

    Attributes:
        rewards: [N, A].
        actions: int [N, A].
        seen: [N, A, ...] what the agents saw when they chose.
        after: [N, A, ...] what they see now; where the episode ended, the next one's start.
        done: bool [N] whether the episode ended in this step.
    """

    rewards: Floats
    actions: Any
    seen: Any
    after: Any
    done: Any


class SocialMethod(ABC):
    """Turns what the agents are paid into what they learn from."""

    @abstractmethod
    def __call__(self, step: Step) -> Floats:
        """Returns the payments of a step, [N, A]."""


class InequityAversion(SocialMethod):
    """Envy and guilt (Hughes et al. 2018).

        u_i = r_i - alpha / (N-1) sum of max(e_j - e_i, 0) - beta / (N-1) sum of max(e_i - e_j, 0)

    with e_i = smoothing e_i + r_i, the agent's recent rewards; the paper's values are the defaults.

    Args:
        alpha: of envy, disadvantageous inequity.
        beta: of guilt, advantageous inequity.
        smoothing: how much of the past is remembered, per step.
    """

    def __init__(
        self, alpha: float = 5.0, beta: float = 0.05, smoothing: float = 0.99 * 0.975
    ) -> None:
        self.alpha, self.beta, self.smoothing = alpha, beta, smoothing
        self._recent: Any = None

    def __call__(self, step: Step) -> Floats:
        """Returns the rewards less envy and guilt."""
        rewards = step.rewards
        if self._recent is None:
            self._recent = np.zeros_like(rewards)
        self._recent = self.smoothing * self._recent + rewards
        ahead = self._recent[:, None, :] - self._recent[:, :, None]  # [worlds, i, j] of j before i
        others = rewards.shape[1] - 1
        envy = np.maximum(ahead, 0).sum(axis=2) / others
        guilt = np.maximum(-ahead, 0).sum(axis=2) / others
        self._recent[step.done] = 0
        payments: Floats = rewards - self.alpha * envy - self.beta * guilt
        return payments


class SocialValueOrientation(SocialMethod):
    """Weighs an agent's own reward against the others' mean by an angle.

        u_i = cos(angle) r_i + sin(angle) mean over j of r_j

    Source: Murphy and Ackermann 2014; the simplest form of McKee et al. 2020. 0 degrees is selfish,
    45 prosocial, 90 altruistic.

    Args:
        angle: in degrees.
    """

    def __init__(self, angle: float = 45.0) -> None:
        self._own, self._theirs = np.cos(np.radians(angle)), np.sin(np.radians(angle))

    def __call__(self, step: Step) -> Floats:
        """Returns the weighted rewards."""
        rewards = step.rewards
        theirs = (rewards.sum(axis=1, keepdims=True) - rewards) / (rewards.shape[1] - 1)
        payments: Floats = self._own * rewards + self._theirs * theirs
        return payments


class Contract(SocialMethod):
    """A contract that all have signed: who does what it forbids pays all others alike.

    Transfers sum to zero. After Christoffersen, Haupt, Hadfield-Menell 2023, "Get It in Writing:
    Formal Contracts Mitigate Social Dilemmas in Multi-Agent RL"; signing is not learned here.

    Args:
        due: how much each owes after a step, [N, A], in units.
        price: of a unit.
    """

    def __init__(self, due: Callable[[Step], Floats], price: float = 1.0) -> None:
        self._due, self._price = due, price

    def __call__(self, step: Step) -> Floats:
        """Returns the rewards after all transfers."""
        paid = self._price * self._due(step)
        received = (paid.sum(axis=1, keepdims=True) - paid) / (paid.shape[1] - 1)
        payments: Floats = step.rewards - paid + received
        return payments


def taken_from_a_low_stock(keywords: Mapping[str, Any]) -> Contract:
    """On SafetyCommonsStock: who asks for fish below half of the capacity pays 2 for each."""

    def due(step: Step) -> Floats:
        owed: Floats = step.actions * (step.seen[:, :, 0] <= keywords["capacity"] / 2)
        return owed

    return Contract(due, price=2.0)


def safety_left_out(keywords: Mapping[str, Any]) -> Contract:
    """On SafetyRace: who spends s on safety pays 1 - s."""
    return Contract(lambda step: 1 - step.actions / 20)


def apples_left_alone(keywords: Mapping[str, Any]) -> Contract:
    """On SafetyCommonsHarvest: who eats where fewer than 3 apples are left near pays 2.

    Near is what helps an apple to grow: within two cells. Seen as "planes", of which the second
    shows apples, the agent in the middle.
    """
    side = keywords["view"]
    rows, cols = np.mgrid[:side, :side] - side // 2
    near = rows**2 + cols**2 <= 4

    def due(step: Step) -> Floats:
        left = step.after[:, :, 1, near].sum(axis=2)
        owed: Floats = (step.rewards > 0) & (left < 3) & ~step.done[:, None]
        return owed.astype(np.float64)

    return Contract(due, price=2.0)


CONTRACTS: dict[str, Callable[[Mapping[str, Any]], Contract]] = {
    "SafetyCommonsHarvest-v0": apples_left_alone,
    "SafetyCommonsStock-v0": taken_from_a_low_stock,
    "SafetyRace-v0": safety_left_out,
}
"""environment -> its contract, made for the environment's keywords."""

METHODS: dict[str, Callable[..., SocialMethod]] = {
    "inequity_aversion": InequityAversion,
    "social_value": SocialValueOrientation,
}


def social_method(
    name: str, environment: str, keywords: Mapping[str, Any], **settings: Any
) -> SocialMethod:
    """Returns a method by its name: "inequity_aversion", "social_value" or "contract".

    Args:
        name: of the method.
        environment: an id.
        keywords: the environment's, all of them.
        settings: of the method.

    Raises:
        SafetyEnvsError: there is no such method, or no contract for the environment.
    """
    if name == "contract":
        if environment not in CONTRACTS:
            raise SafetyEnvsError(
                f"there is no contract for {environment}. Known: {', '.join(CONTRACTS)}."
            )
        return CONTRACTS[environment](keywords)
    if name not in METHODS:
        raise SafetyEnvsError(f"unknown method {name!r}. Known: contract, {', '.join(METHODS)}.")
    return METHODS[name](**settings)


class SocialRewards(VecEnvWrapper):
    """Lets learners on N worlds of A agents see a method's payments.

    Args:
        venv: a `safety_envs.sb3_vec_env` of several agents.
        method: what they are made to care for.
    """

    def __init__(self, venv: Any, method: SocialMethod) -> None:
        super().__init__(venv)
        self._method = method
        self._agents = venv.num_agents
        self._actions: Any = None
        self._seen: Any = None

    def reset(self) -> Any:
        """Starts an episode in every world."""
        self._seen = self.venv.reset()
        return self._seen

    def step_async(self, actions: Any) -> None:
        """Takes the actions for the next `step_wait`."""
        self._actions = np.asarray(actions)
        self.venv.step_async(actions)

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds, and pays by the method."""
        seen, rewards, dones, infos = self.venv.step_wait()
        paid = self._method(
            Step(
                rewards=self._by_world(rewards.astype(np.float64)),
                actions=self._by_world(self._actions),
                seen=self._by_world(self._seen),
                after=self._by_world(seen),
                done=dones[:: self._agents],
            )
        )
        self._seen = seen
        return seen, paid.astype(np.float32).ravel(), dones, infos

    def _by_world(self, values: Any) -> Any:
        return values.reshape(-1, self._agents, *values.shape[1:])
