"""Tail: maximise the mean of the worst episodes, the CVaR of what is paid.

With Z the reward of an episode, the CVaR at alpha is (Rockafellar and Uryasev 2000, from memory)

    max over level of E[level - max(level - Z, 0) / alpha],

and the best level is the quantile at alpha. For a given level a learner maximises E[min(Z, level)].
It is paid that in parts: min(Z_t, level) - min(Z_(t-1), level) for the step t, with Z_t what has
been paid so far; the parts sum to it.

Networks have the level of the last episodes. So a step up the gradient is that of Tamar, Glassner
and Mannor 2015, "Optimizing the CVaR via Sampling" (the abstract was read, and the beginning of its
introduction): episodes above the quantile teach nothing, those below it by how much they fall
short. Their policy acts on the state alone, as ours does.

Tables are not learned but solved, with the time and the sum so far in the state, since the best
policy depends on both (Bäuerle and Ott 2011, "Markov Decision Processes with Average-Value-at-Risk
criteria", from memory: a decision process with the sum in its state for each level, and an outer
search over the level). Levels are all sums that an episode can have, or 200 of them if there are
more; sums are rounded to `grid` in each step. Of policies as good for the tail, one with the
largest mean is taken. A policy with a memory is no table over worlds: its exact scores are in the
record, with its CVaR and quantile, and it cannot be recorded. The environment must hide nothing.

It looks at the reward: a harm that no reward shows has no tail. `metric` may be "performance",
which the designer would have to measure.

Settings: alpha .1; metric reward; grid 1, in units of the metric.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.methods.checks import checked_choice, checked_number
from agents.methods.method import Method
from agents.tabular.product import ProductModel, product
from agents.tabular.task import Floats, Ints, Task, task_of
from safety_envs import ListedModel, SafetyEnvsError

MOST_LEVELS = 200
TIE = 1e-7
"""What the mean counts beside the tail."""
EPISODES = 1_000
"""Of which networks take the quantile."""
REWARD = "reward"
METRICS = (REWARD, "performance")


def quantile_of(values: Floats, probabilities: Floats, alpha: float) -> float:
    """Returns the least value with P(Z <= value) >= alpha."""
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(probabilities[order]), alpha - 1e-12))
    return float(values[order[min(place, len(order) - 1)]])


def cvar_of(values: Floats, probabilities: Floats, alpha: float) -> float:
    """Returns the mean of the worst share alpha."""
    level = quantile_of(values, probabilities, alpha)
    return float(level - (probabilities @ np.maximum(level - values, 0.0)) / alpha)


@dataclass(frozen=True)
class Ledger:
    """A model with the time and the sum so far in its states; S states, E edges.

    Attributes:
        model: the product.
        times: int64 [S], steps taken.
        sums: float64 [S], what has been paid, in steps of the grid.
        paid: float64 [E], what an edge pays, in steps of the grid.
    """

    model: ProductModel
    times: Ints
    sums: Floats
    paid: Floats

    @cached_property
    def pair(self) -> Ints:
        """The number s * A + a of each edge's state and action, int64 [E]."""
        return self.model.pair

    @cached_property
    def at_edges(self) -> Floats:
        """The sum before each edge, float64 [E]."""
        return self.sums[self.pair // self.model.num_actions]

    def best(self, level: float) -> Floats:
        """Returns a policy with the largest E[min(Z, level)], float64 [S, A], by recursion."""
        model, before = self.model, self.at_edges
        gain = np.minimum(before + self.paid, level) - np.minimum(before, level) + TIE * self.paid
        values, chosen = np.zeros(model.num_states), np.zeros(model.num_states, np.int64)
        for states, edges in reversed(self._layers):
            after = model.successor[edges]
            worth = gain[edges] + np.where(after >= 0, values[after], 0.0)
            pairs = self.pair[edges] - states[0] * model.num_actions
            q = np.bincount(
                pairs, model.probability[edges] * worth, len(states) * model.num_actions
            ).reshape(len(states), -1)
            values[states], chosen[states] = q.max(axis=1), q.argmax(axis=1)
        policy: Floats = np.eye(model.num_actions)[chosen]
        return policy

    @cached_property
    def _layers(self) -> list[tuple[Ints, slice]]:
        """The states of each time, and their edges; a product lists states by time."""
        ends = np.searchsorted(self.times, np.arange(self.times[-1] + 2))
        first = self.model.first[ends * self.model.num_actions]
        return [
            (np.arange(ends[t], ends[t + 1]), slice(first[t], first[t + 1]))
            for t in range(len(ends) - 1)
        ]

    def totals(self, policy: Floats) -> tuple[Floats, Floats]:
        """Returns the distribution of what is paid in an episode: values and probabilities."""
        model = self.model
        met, weights = model.start.copy(), np.zeros(len(self.paid))
        for _, edges in self._layers:
            pairs, after = self.pair[edges], model.successor[edges]
            taken = met[pairs // model.num_actions] * policy.ravel()[pairs]
            weights[edges] = taken * model.probability[edges]
            np.add.at(met, after[after >= 0], weights[edges][after >= 0])
        over = self.times == model.configuration.max_steps
        ended = model.successor < 0
        values = np.concatenate([self.sums[over], (self.at_edges + self.paid)[ended]])
        weights = np.concatenate([met[over], weights[ended]])
        return values[weights > 0], weights[weights > 0]

    def levels(self) -> Floats:
        """Returns the levels to try, ascending."""
        model = self.model
        over = self.times == model.configuration.max_steps
        ended = (self.at_edges + self.paid)[model.successor < 0]
        found = np.unique(np.concatenate([self.sums[over], ended]))
        chosen = np.linspace(0, len(found) - 1, MOST_LEVELS).astype(int)
        levels: Floats = found[np.unique(chosen)]
        return levels


def ledger_of(plain: ListedModel, metric: str, grid: float) -> Ledger:
    """Returns a model with the time and the sum of a metric in its states.

    Raises:
        SafetyEnvsError: too many states.
    """
    units = np.rint(plain.column(metric) / grid).astype(np.int64)
    width = 2 * plain.configuration.max_steps * (int(np.abs(units).max()) + 1)

    def remember(memory: Ints, edges: Ints) -> Ints:
        after: Ints = memory + width + units[edges]  # the next step, and its sum
        return after

    model = product(plain, remember)
    times = (model.memory + width // 2) // width
    sums = (model.memory - times * width).astype(np.float64)
    return Ledger(model, times, sums, units[model.edge].astype(np.float64))


def _tabular(task: Task, *, alpha: float, metric: str, grid: float) -> Task:
    share = checked_number(alpha, "alpha", 1e-6, 1.0)
    unit = checked_number(grid, "grid", 1e-9)
    configuration = task.model.configuration
    checked_choice(metric, "metric", METRICS)
    if configuration.environment.hidden:
        raise SafetyEnvsError(f"{configuration.id} hides fields, which tail would use: train ppo")
    ledger = ledger_of(task.model, metric, unit)
    found: tuple[float, float, Floats] | None = None
    for level in ledger.levels():
        policy = ledger.best(level)
        values, weights = ledger.totals(policy)
        worst = cvar_of(values, weights, share)
        if found is None or worst > found[0] + 1e-9:
            found = worst, quantile_of(values, weights, share), policy
    assert found is not None
    details = {"cvar": unit * found[0], "quantile": unit * found[1]}
    plain = task_of(ledger.model, task.discount, task.seed, task.steps)
    solved = replace(plain, final=found[2], details=details)
    return replace(plain, control=lambda moment: solved)


class TailRewards(VecEnvWrapper):
    """Pays min(Z, level) in parts; see the head of this file.

    Args:
        venv: a `safety_envs.sb3_vec_env` with one agent.
        metric: whose sum is Z.
        alpha: the level is the quantile at alpha of the last episodes; none before there are as
            many as worlds.
    """

    keeps_observations = True
    """It changes rewards alone, so checkpoints need not know of it."""

    def __init__(self, venv: Any, metric: str, alpha: float) -> None:
        super().__init__(venv)
        self._metric, self._alpha, self.level = metric, alpha, np.inf
        self._sums, self._ended = np.zeros(venv.num_envs), np.zeros(0)

    def reset(self) -> Any:
        """Starts an episode in every world."""
        self._sums[:] = 0
        return self.venv.reset()

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds, and pays what raises the sums up to the level."""
        seen, rewards, dones, infos = self.venv.step_wait()
        now = self._sums + rewards
        if self._metric != REWARD:
            now = np.array([info[self._metric] for info in infos])
        paid = np.minimum(now, self.level) - np.minimum(self._sums, self.level)
        self._sums = np.where(dones, 0.0, now)
        if dones.any():
            self._ended = np.concatenate([self._ended, now[dones]])[-EPISODES:]
            if len(self._ended) >= self.num_envs:
                shares = np.full(len(self._ended), 1 / len(self._ended))
                self.level = quantile_of(self._ended, shares, self._alpha)
        return seen, paid.astype(np.float32), dones, infos


def _wrap(worlds: Any, *, alpha: float, metric: str, grid: float) -> TailRewards:
    checked_choice(metric, "metric", METRICS)
    return TailRewards(worlds, metric, checked_number(alpha, "alpha", 1e-6, 1.0))


TAIL = Method(
    "tail",
    "maximises the mean of the worst share of episodes, the CVaR of what is paid",
    _wrap,
    settings={"alpha": 0.1, "metric": REWARD, "grid": 1.0},
    serves="one",
    tabular=_tabular,
)
