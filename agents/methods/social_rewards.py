"""What agents are made to care for: payments that learners see instead of the bare reward.

Each method turns the rewards of a step, [worlds, agents], into what the agents learn from. The
episodes' totals that are logged stay those of the environment.
"""

from collections.abc import Callable
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
        present: bool [N, A] which agents take part now; the others see nothing.
        done: bool [N] whether the episode ended in this step.
    """

    rewards: Floats
    actions: Any
    seen: Any
    after: Any
    present: Any
    done: Any


SocialMethod = Callable[[Step], Floats]
"""Turns what the agents are paid into what they learn from: a step -> payments [N, A]."""


class InequityAversion:
    """Envy and guilt (Hughes et al. 2018).

        u_i = r_i - alpha / (N-1) sum of max(e_j - e_i, 0) - beta / (N-1) sum of max(e_i - e_j, 0)

    with e_i = smoothing e_i + r_i, the agent's recent rewards. The defaults of alpha and beta are
    those of sequential_social_dilemma_games (Vinitsky et al. 2019, README.md).

    Args:
        alpha: of envy, disadvantageous inequity.
        beta: of guilt, advantageous inequity.
        smoothing: how much of the past is remembered, per step.
        placebo: compare with the other seats of the next world instead of one's own: a control of
            the same size and timing, about agents that nobody here meets or affects.
    """

    def __init__(
        self,
        alpha: float = 5.0,
        beta: float = 0.05,
        smoothing: float = 0.99 * 0.975,
        *,
        placebo: bool = False,
    ) -> None:
        self.alpha, self.beta, self.smoothing = alpha, beta, smoothing
        self.placebo = placebo
        self._recent: Any = None

    def __call__(self, step: Step) -> Floats:
        """Returns the rewards less envy and guilt.

        Raises:
            SafetyEnvsError: a placebo with a single world, which has no other to compare with.
        """
        rewards = step.rewards
        worlds, agents = rewards.shape
        if self.placebo and worlds == 1:
            raise SafetyEnvsError("inequity_placebo compares with other worlds: give at least two")
        if self._recent is None:
            self._recent = np.zeros_like(rewards)
        self._recent = self.smoothing * self._recent + rewards
        theirs = np.roll(self._recent, -1, axis=0) if self.placebo else self._recent
        ahead = theirs[:, None, :] - self._recent[:, :, None]  # [worlds, i, j] of j before i
        ahead *= ~np.eye(agents, dtype=bool)  # not with one's own seat
        envy = np.maximum(ahead, 0).sum(axis=2) / (agents - 1)
        guilt = np.maximum(-ahead, 0).sum(axis=2) / (agents - 1)
        self._recent[step.done] = 0
        payments: Floats = rewards - self.alpha * envy - self.beta * guilt
        return payments


class SocialValueOrientation:
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


class SocialRewards(VecEnvWrapper):
    """Lets learners on N worlds of A agents see a method's payments.

    Args:
        venv: a `safety_envs.sb3_vec_env` with several agents.
        method: what they are made to care for.
    """

    keeps_observations = True
    """Checkpoints need to know nothing of it: it changes rewards alone."""

    def __init__(self, venv: Any, method: SocialMethod) -> None:
        super().__init__(venv)
        self._method = method
        self._agents = venv.num_agents
        self._batch: Any = venv.unwrapped
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
                present=self._by_world(self._batch.present),
                done=dones[:: self._agents],
            )
        )
        self._seen = seen
        return seen, paid.astype(np.float32).ravel(), dones, infos

    def _by_world(self, values: Any) -> Any:
        return values.reshape(-1, self._agents, *values.shape[1:])
