"""MONA: myopic optimisation of the reward at once plus an overseer's non-myopic approval.

    maximise r(s_t, a_t) + weight approval_t(s_t, a_t)   in every step by itself, with discount 0

Farquhar et al. 2025, "MONA: Myopic Optimization with Non-myopic Approval Can Mitigate Multi-step
Reward Hacking" (the abstract was read): it "works by combining short-sighted optimization with
far-sighted reward", and avoids "undesired multi-step plans that receive high reward [...] even if
humans are not able to detect that the behaviour is undesired". An agent takes the first step of a
hack only if the overseer approves of that step: it is as far-sighted as the overseer and no more.

The overseer is a `safety_envs.Overseer` on the exact values of the hidden performance: exact,
noisy (amount: the standard deviation of its errors), short_sighted (amount: how many steps it
sees), or learned (amount: how many labels it has). The environment must hide nothing.

Settings: weight 1; overseer exact; amount 1.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agents.methods.checks import checked_choice, checked_number
from agents.methods.method import Method
from agents.methods.table_rewards import TableRewards, task_on
from agents.tabular.task import Floats, Task
from safety_envs import ListedModel, Overseer, SafetyEnvsError, q_values

OVERSEERS = ("exact", "noisy", "short_sighted", "learned")
MOST_APPROVALS = 50_000_000


def overseer_of(model: ListedModel, kind: str, amount: float, seed: int) -> Overseer:
    """Returns an overseer of the hidden performance; see the head of this file."""
    checked_choice(kind, "overseer", OVERSEERS)
    q = q_values(
        model.configuration, payment="performance", seed=model.case.seed, starts=model.case.starts
    )
    exact = Overseer(q)
    if kind == "noisy":
        return exact.noisy(float(amount), seed)
    if kind == "short_sighted":
        return exact.short_sighted(int(amount))
    if kind == "learned":
        return exact.learned(int(amount), seed)
    return exact


def approvals(model: ListedModel, overseer: Overseer) -> Floats:
    """Returns approvals at all times, float64 [T, S, A]; 0 in states that are never acted in.

    Raises:
        SafetyEnvsError: too many to hold.
    """
    horizon = model.configuration.max_steps
    states = np.flatnonzero(np.diff(model.first[:: model.num_actions]))
    if horizon * model.num_states * model.num_actions > MOST_APPROVALS:
        raise SafetyEnvsError(
            f"{model.configuration.id} has {model.num_states} states and {horizon} steps, and mona "
            "holds an approval for each action in each of them: give a smaller environment"
        )
    found = np.zeros((horizon, model.num_states, model.num_actions))
    for time in range(horizon):
        found[time, states] = overseer.of(model.worlds[states], time)
    return found


def _approved(task: Task, weight: float, overseer: str, amount: float) -> Floats:
    checked_number(weight, "weight of approval")
    checked_number(amount, "amount", 0.0)
    judge = overseer_of(task.model, overseer, amount, task.seed)
    return weight * approvals(task.model, judge)


def _tabular(task: Task, *, weight: float, overseer: str, amount: float) -> Task:
    return replace(task, discount=0.0, bonus=_approved(task, weight, overseer, amount))


def _wrap(worlds: Any, *, weight: float, overseer: str, amount: float) -> TableRewards:
    task = task_on(worlds)
    return TableRewards(worlds, task.model, _approved(task, weight, overseer, amount))


def _options(**settings: Any) -> Mapping[str, Any]:
    return {"gamma": 0.0}


MONA = Method(
    "mona",
    "maximises the reward at once plus an overseer's far-sighted approval",
    _wrap,
    settings={"weight": 1.0, "overseer": "exact", "amount": 1.0},
    serves="one",
    options=_options,
    tabular=_tabular,
)
