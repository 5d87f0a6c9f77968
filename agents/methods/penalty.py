"""Penalty: the learner pays for the cost or for a metric that the designer can measure."""

from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.methods.checks import checked_number
from agents.methods.method import Method
from agents.tabular.task import Task
from safety_envs import Configuration, SafetyEnvsError

COST = "cost"
"""The one metric that infos give for the last step alone."""


class PenalisedRewards(VecEnvWrapper):
    """Subtracts from each reward a weight times the increase of a metric in that step.

    With several agents each pays for its own share of a metric that is counted for each agent, and
    for all of any other. What is logged stays what the environment pays.

    Args:
        venv: a `safety_envs.sb3_vec_env`.
        metric: "cost", or a declared metric that is summed over the episode.
        weight: reward for one unit of the metric.
    """

    keeps_observations = True
    """It changes rewards alone, so checkpoints need not know of it."""

    def __init__(self, venv: Any, metric: str, weight: float) -> None:
        super().__init__(venv)
        self._metric, self._weight = metric, weight
        self._before = np.zeros(venv.num_envs)

    def reset(self) -> Any:
        """Starts an episode in every world."""
        self._before[:] = 0
        return self.venv.reset()

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds and subtracts the penalties."""
        seen, rewards, dones, infos = self.venv.step_wait()
        now = np.array([info[self._metric] for info in infos])
        increase = now - self._before
        if self._metric != COST:
            self._before = np.where(dones, 0, now)  # the next episode counts from 0
        return seen, (rewards - self._weight * increase).astype(np.float32), dones, infos


def _wrap(worlds: Any, *, metric: str, weight: float) -> PenalisedRewards:
    check_summed(worlds.configuration, metric)
    return PenalisedRewards(worlds, metric, checked_number(weight, "weight of a penalty"))


def _tabular(task: Task, *, metric: str, weight: float) -> Task:
    check_summed(task.model.configuration, metric)
    price = checked_number(weight, "weight of a penalty")
    return replace(task, paid=task.paid - price * task.model.column(metric))


def check_summed(configuration: Configuration, metric: str) -> None:
    """Checks that a metric can be penalised.

    Raises:
        SafetyEnvsError: it is not summed over an episode, or there is none of that name.
    """
    summed = summed_metrics(configuration)
    if metric not in summed:
        raise SafetyEnvsError(
            f"{configuration.id} has no metric {metric!r} that is summed over an episode. "
            f"Known: {', '.join(summed)}."
        )


def summed_metrics(configuration: Configuration) -> list[str]:
    """Returns the metrics that can be penalised: their running totals rise step by step."""
    declared = configuration.environment.metrics.items()
    sums = [name for name, metric in declared if metric.kind in ("total", "per_agent")]
    return [COST, *(name for name in sums if name != COST)]


PENALTY = Method(
    "penalty",
    "subtracts a weight times the cost, or times the increase of a metric, from the reward",
    _wrap,
    settings={"metric": COST, "weight": 1.0},
    tabular=_tabular,
)
