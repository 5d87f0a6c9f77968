"""Rewards from a table over the states of a listed model, for learners with networks.

A method that adds a bonus to each action, as a tabular learner experiences it, serves PPO by the
same table: `TableRewards` looks up the world and the time at which the action was taken.
"""

from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.tabular.task import Floats, Task, task_of
from safety_envs import ListedModel, listed_model


class TableRewards(VecEnvWrapper):
    """Adds a bonus [1 or T, S, A] to the rewards, by the state and time of each action.

    Args:
        venv: a `safety_envs.sb3_vec_env` with one agent.
        model: the states; all worlds that are met must be among them.
        bonus: see `Task`.
    """

    keeps_observations = True
    """It changes rewards alone, so checkpoints need not know of it."""

    def __init__(self, venv: Any, model: ListedModel, bonus: Floats) -> None:
        super().__init__(venv)
        self._model, self._bonus = model, bonus
        self._engine = venv.unwrapped.engine
        self._due = np.zeros(venv.num_envs)

    def reset(self) -> Any:
        """Starts an episode in every world."""
        return self.venv.reset()

    def step_async(self, actions: Any) -> None:
        """Notes the bonuses of the actions, and takes them for the next `step_wait`."""
        states = self._model.states(self._engine.worlds)
        times = np.minimum(self._engine.ledger.steps, len(self._bonus) - 1)
        self._due = self._bonus[times, states, np.asarray(actions)]
        self.venv.step_async(actions)

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds and adds the bonuses."""
        seen, rewards, dones, infos = self.venv.step_wait()
        return seen, (rewards + self._due).astype(np.float32), dones, infos


def task_on(worlds: Any, discount: float = 0.99, seed: int = 0) -> Task:
    """Returns the task of maximising the reward in the worlds of a `safety_envs.sb3_vec_env`.

    Raises:
        SafetyEnvsError: the model, with all starts, cannot be listed.
    """
    configuration = worlds.configuration
    return task_of(listed_model(configuration), discount, seed)
