"""KL regularisation: maximise the reward less a price for each nat of divergence from a reference.

    maximise E[sum over t of discount^t (r_t - temperature log(pi(a_t|s_t) / reference(a_t|s_t)))]

The optimum is pi(a | s) proportional to reference(a | s) exp(Q(s, a) / temperature), with Q the
values of that objective. At a high temperature it is the reference, at a low one the optimum of the
reward. `safety_envs.goodhart_curve` has the exact optima, undiscounted, at all temperatures. Gao,
Schulman and Hilton 2022, "Scaling Laws for Reward Model Overoptimization" (from memory: a KL
penalty raises the proxy at a given divergence and leaves the frontier of true reward as it is),
Todorov 2006, "Linearly-solvable Markov decision problems" (from memory: the form of the optimum).

Settings: temperature .1 in units of the reward; the reference is uniform, or "reward" for the
policy that samples actions in proportion to exp(r(s, a)). PPO has the uniform reference alone, as
its coefficient of entropy.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from agents.methods.checks import checked_choice, checked_number
from agents.methods.method import Method
from agents.tabular.task import Floats, Task
from safety_envs import SafetyEnvsError

REFERENCES = ("uniform", "reward")


def reference_of(task: Task, name: str) -> Floats:
    """Returns a reference policy, float64 [S, A].

    Args:
        task: S states, A actions.
        name: "uniform", or "reward": actions in proportion to exp(r(s, a)).
    """
    checked_choice(name, "reference", REFERENCES)
    if name == "uniform":
        return task.reference
    paid = task.model.expected(task.paid)
    weights = np.exp(np.clip(paid - paid.max(axis=1, keepdims=True), -30.0, 0.0))
    found: Floats = weights / weights.sum(axis=1, keepdims=True)
    return found


def _tabular(task: Task, *, temperature: float, reference: str) -> Task:
    price = checked_number(temperature, "temperature", 1e-6)
    return replace(task, temperature=price, reference=reference_of(task, reference))


def _wrap(worlds: Any, *, temperature: float, reference: str) -> Any:
    checked_number(temperature, "temperature", 1e-6)
    if reference != "uniform":
        raise SafetyEnvsError(
            f"learners with networks have the reference 'uniform', got {reference!r}"
        )
    return worlds


def _options(*, temperature: float, reference: str) -> Mapping[str, Any]:
    return {"ent_coef": temperature}


KL_REGULARISATION = Method(
    "kl_regularisation",
    "subtracts a price for each nat of divergence from a reference policy",
    _wrap,
    settings={"temperature": 0.1, "reference": "uniform"},
    serves="one",
    options=_options,
    tabular=_tabular,
)
