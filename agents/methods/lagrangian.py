"""Lagrangian: a price for the cost that rises while the cost of an episode is above a limit.

    maximise r - price c,   price = max(0, kp e + I + kd max(0, change of the cost))

with e the mean cost of recent episodes less the limit, and I = max(0, I + ki e). Stooke, Achiam and
Abbeel 2020, "Responsive Safety in Reinforcement Learning by PID Lagrangian Methods" (its update was
read in OmniSafe, omnisafe/common/pid_lagrange.py). With kp = kd = 0 it is plain dual ascent.
Networks are paid (r - price c) / (1 + price), which is as large at any price; a table is not,
because its values would be those of another scale after every change of the price.

Settings: metric cost; limit 0 an episode; kp, ki, kd .1, .01, .01 and smoothing .95 of e and of the
cost, as forks of OmniSafe give its defaults. A tabular learner updates the price in each of its 100
pauses, learners with networks whenever as many episodes have ended as there are worlds. Costs while
exploring count.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.methods.checks import checked_number
from agents.methods.method import Method
from agents.methods.penalty import COST, check_summed
from agents.tabular.task import Moment, Task


@dataclass
class Controller:
    """The price of a unit of cost.

    Args:
        limit: of an episode's cost.
        kp, ki, kd: gains of the error, of its sum, and of the rise of the cost.
        smoothing: of the error and of the cost, in [0, 1).
    """

    limit: float
    kp: float
    ki: float
    kd: float
    smoothing: float
    price: float = 0.0

    def __post_init__(self) -> None:
        for name in ("kp", "ki", "kd"):
            checked_number(getattr(self, name), f"gain {name}", 0.0)
        checked_number(self.limit, "limit")
        checked_number(self.smoothing, "smoothing", 0.0, 0.9999)
        self._sum = self._error = self._cost = 0.0

    def update(self, cost: float) -> float:
        """Returns the new price, given the mean cost of recent episodes."""
        error, keep = cost - self.limit, self.smoothing
        self._sum = max(0.0, self._sum + self.ki * error)
        self._error = keep * self._error + (1 - keep) * error
        before = self._cost
        self._cost = keep * self._cost + (1 - keep) * cost
        rise = max(0.0, self._cost - before)
        self.price = max(0.0, self.kp * self._error + self._sum + self.kd * rise)
        return self.price


class PricedRewards(VecEnvWrapper):
    """Pays (r - price c) / (1 + price).

    Args:
        venv: a `safety_envs.sb3_vec_env` with one agent.
        metric: whose increase is c.
        controller: of the price.
    """

    keeps_observations = True
    """It changes rewards alone, so checkpoints need not know of it."""

    def __init__(self, venv: Any, metric: str, controller: Controller) -> None:
        super().__init__(venv)
        self._metric, self.controller = metric, controller
        self._sums, self._ended = np.zeros(venv.num_envs), []  # type: tuple[Any, list[float]]

    def reset(self) -> Any:
        """Starts an episode in every world."""
        self._sums[:] = 0
        return self.venv.reset()

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds and charges the price."""
        seen, rewards, dones, infos = self.venv.step_wait()
        now = np.array([info[self._metric] for info in infos])
        cost = now if self._metric == COST else now - self._sums
        totals = self._sums + cost
        self._sums = np.where(dones, 0.0, totals)
        price = self.controller.price
        self._ended += totals[dones].tolist()
        if len(self._ended) >= self.num_envs:
            self.controller.update(float(np.mean(self._ended)))
            self._ended = []
        return seen, ((rewards - price * cost) / (1 + price)).astype(np.float32), dones, infos


@dataclass
class PriceControl:
    """Updates the price of a tabular learner."""

    task: Task
    metric: str
    controller: Controller

    def __call__(self, moment: Moment) -> Task:
        """Returns the task with a new price."""
        if self.metric not in moment.means:
            return moment.task
        price = self.controller.update(moment.means[self.metric])
        cost = self.task.model.column(self.metric)
        details = {"price": price, "cost": moment.means[self.metric]}
        return replace(moment.task, paid=self.task.paid - price * cost, details=details)


def _tabular(task: Task, *, metric: str, **gains: float) -> Task:
    check_summed(task.model.configuration, metric)
    return replace(task, control=PriceControl(task, metric, Controller(**gains)))


def _wrap(worlds: Any, *, metric: str, **gains: float) -> PricedRewards:
    check_summed(worlds.configuration, metric)
    return PricedRewards(worlds, metric, Controller(**gains))


SETTINGS: Mapping[str, Any] = {
    "metric": COST, "limit": 0.0, "kp": 0.1, "ki": 0.01, "kd": 0.01, "smoothing": 0.95
}  # fmt: skip
LAGRANGIAN = Method(
    "lagrangian",
    "charges a price for the cost that rises while episodes cost more than a limit",
    _wrap,
    settings=SETTINGS,
    serves="one",
    tabular=_tabular,
)
