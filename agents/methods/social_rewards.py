"""Social rewards: several agents learn from payments that depend on the rewards of all.

Each method turns the rewards of a step, [worlds, agents], into what the agents learn from. The
totals that are logged stay those of the environment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from stable_baselines3.common.vec_env import VecEnvWrapper

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


class SocialRewards(VecEnvWrapper):
    """Gives learners on N worlds of A agents a method's payments instead of the rewards.

    Args:
        venv: a `safety_envs.sb3_vec_env` with several agents.
        method: computes the payments.
    """

    keeps_observations = True
    """It changes rewards alone, so checkpoints need not know of it."""

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
