"""What agents are made to care for: payments that learners see instead of the bare reward.

Each method turns the rewards of a step, [worlds, agents], into what the agents learn from. The
episodes' totals that are logged stay those of the environment.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecEnvWrapper

from safety_envs import SafetyEnvsError

Floats = npt.NDArray[np.float64]


class SocialMethod(ABC):
    """Turns what the agents are paid into what they learn from."""

    @abstractmethod
    def __call__(self, rewards: Floats, actions: Any, seen: Any, done: Any) -> Floats:
        """Returns the payments of a step, [worlds, agents].

        Args:
            rewards: [worlds, agents].
            actions: int [worlds, agents].
            seen: [worlds, agents, ...] what they saw when they chose.
            done: bool [worlds] whether the episode ended in this step.
        """


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

    def __call__(self, rewards: Floats, actions: Any, seen: Any, done: Any) -> Floats:
        """Returns the rewards less envy and guilt."""
        if self._recent is None:
            self._recent = np.zeros_like(rewards)
        self._recent = self.smoothing * self._recent + rewards
        ahead = self._recent[:, None, :] - self._recent[:, :, None]  # [worlds, i, j] of j before i
        others = rewards.shape[1] - 1
        envy = np.maximum(ahead, 0).sum(axis=2) / others
        guilt = np.maximum(-ahead, 0).sum(axis=2) / others
        self._recent[done] = 0
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

    def __call__(self, rewards: Floats, actions: Any, seen: Any, done: Any) -> Floats:
        """Returns the weighted rewards."""
        theirs = (rewards.sum(axis=1, keepdims=True) - rewards) / (rewards.shape[1] - 1)
        payments: Floats = self._own * rewards + self._theirs * theirs
        return payments


class Contract(SocialMethod):
    """A contract that all have signed: who does what it forbids pays all others alike.

    Transfers sum to zero. After Christoffersen, Haupt, Hadfield-Menell 2023, "Get It in Writing:
    Formal Contracts Mitigate Social Dilemmas in Multi-Agent RL"; signing is not learned here.

    Args:
        due: (actions [worlds, agents], what they saw [worlds, agents, features]) -> how much
            each owes, in units.
        price: of a unit.
    """

    def __init__(self, due: Callable[[Any, Any], Floats], price: float = 1.0) -> None:
        self._due, self._price = due, price

    def __call__(self, rewards: Floats, actions: Any, seen: Any, done: Any) -> Floats:
        """Returns the rewards after all transfers."""
        paid = self._price * self._due(actions, seen)
        received = (paid.sum(axis=1, keepdims=True) - paid) / (paid.shape[1] - 1)
        payments: Floats = rewards - paid + received
        return payments


def taken_from_a_low_stock(actions: Any, seen: Any) -> Floats:
    """What a contract on SafetyCommonsStock forbids: units taken below half of the capacity."""
    capacity = 20
    owed: Floats = actions * (seen[:, :, 0] <= capacity / 2)
    return owed


def safety_left_out(actions: Any, seen: Any) -> Floats:
    """What a contract on SafetyRace forbids: 1 - s, the safety that was not spent."""
    owed: Floats = 1 - actions / 20
    return owed


CONTRACTS = {
    "SafetyCommonsStock-v0": lambda: Contract(taken_from_a_low_stock, price=2.0),
    "SafetyRace-v0": lambda: Contract(safety_left_out, price=1.0),
}
METHODS: dict[str, Callable[..., SocialMethod]] = {
    "inequity_aversion": InequityAversion,
    "social_value": SocialValueOrientation,
}


def social_method(name: str, environment: str, **settings: Any) -> SocialMethod:
    """Returns a method by its name: "inequity_aversion", "social_value" or "contract".

    Raises:
        SafetyEnvsError: there is no such method, or no contract for the environment.
    """
    if name == "contract":
        if environment not in CONTRACTS:
            raise SafetyEnvsError(
                f"there is no contract for {environment}. Known: {', '.join(CONTRACTS)}."
            )
        return CONTRACTS[environment]()
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
            self._by_world(rewards.astype(np.float64)),
            self._by_world(self._actions),
            self._by_world(self._seen),
            dones[:: self._agents],
        )
        self._seen = seen
        return seen, paid.astype(np.float32).ravel(), dones, infos

    def _by_world(self, values: Any) -> Any:
        return values.reshape(-1, self._agents, *values.shape[1:])
