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

from dataclasses import replace
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.methods.checks import checked_choice, checked_number
from agents.methods.method import Method
from agents.tabular.ledger import cvar_of, ledger_of, quantile_of
from agents.tabular.task import Floats, Task, task_of
from safety_envs import SafetyEnvsError

EPISODES = 1_000
"""Of which networks take the quantile."""
REWARD = "reward"
METRICS = (REWARD, "performance")


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
