"""Reward models from noisy preferences, and a pessimistic ensemble of them.

Pairs of pieces of episodes of the random policy are compared by the hidden performance. By the
model of Bradley and Terry 1952 the better one is preferred with probability

    1 / (1 + exp(-(H(one) - H(other)) / noise))

A member of the ensemble is a table of rewards w(sight, action), fitted by maximum likelihood with a
ridge to labels drawn with replacement. The learner is paid the mean of the members less pessimism
times their standard deviation, in place of the reward. Christiano et al. 2017, "Deep reinforcement
learning from human preferences" (from memory: an ensemble fitted to comparisons of pieces, by that
model), Coste et al. 2023, "Reward Model Ensembles Help Mitigate Overoptimization" (from memory:
optimising a conservative combination of the members).

Settings: labels 1,000; length 10 steps of a piece; noise 1 in units of performance, 0 for none;
members 5; pessimism 1; ridge .1. With members 1 it is a single reward model.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from agents.methods.checks import checked_count, checked_number
from agents.methods.method import Method
from agents.tabular.task import Floats, Ints, Task
from safety_envs import ListedModel
from safety_envs.applications import spread_seed


def pieces(
    model: ListedModel, number: int, length: int, random: np.random.Generator
) -> tuple[csr_matrix, Floats]:
    """Returns pieces of episodes of the random policy.

    Args:
        model: S states, A actions.
        number: of pieces; each begins where an episode is after a random number of steps.
        length: steps of a piece; shorter if the episode ends.
        random: chance.

    Returns:
        How often each sight and action was met, [number, sights * A]; the performance, [number].
    """
    length = min(length, model.configuration.max_steps)
    performance = model.column("performance")
    sums = np.cumsum(model.probability)  # of all edges: a pair's are a stretch of it
    rows, columns, values = [], [], np.zeros(number)
    latest = max(1, model.configuration.max_steps - length + 1)
    begin = random.integers(latest, size=number)
    states = random.choice(model.num_states, size=number, p=model.start)
    running = np.ones(number, np.bool_)
    for time in range(int(begin.max()) + length):
        active = running & (time < begin + length)
        which = np.flatnonzero(active)
        actions = random.integers(model.num_actions, size=len(which))
        edges = drawn_edges(model, sums, states[which] * model.num_actions + actions, random)
        kept = time >= begin[which]
        rows.append(which[kept])
        columns.append(model.seen[states[which[kept]]] * model.num_actions + actions[kept])
        values[which[kept]] += performance[edges[kept]]
        states[which] = np.maximum(model.successor[edges], 0)
        ended = model.successor[edges] < 0
        running[which[ended & kept]] = False
        again = which[ended & ~kept]  # before the piece begins, another episode does
        states[again] = random.choice(model.num_states, size=len(again), p=model.start)
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (number, model.num_sights * model.num_actions)
    return csr_matrix((np.ones(len(row)), (row, column)), shape=shape), values


def drawn_edges(model: ListedModel, sums: Floats, pairs: Ints, random: np.random.Generator) -> Ints:
    """Returns an outcome of each pair of a state and an action."""
    first, last = model.first[pairs], model.first[pairs + 1] - 1
    before = np.where(first > 0, sums[first - 1], 0.0)
    found = np.searchsorted(sums, before + random.random(len(pairs)), side="right")
    edges: Ints = np.clip(found, first, last)
    return edges


def fitted(differences: csr_matrix, preferred: Floats, noise: float, ridge: float) -> Floats:
    """Returns rewards of maximum likelihood, float64 [features].

    Args:
        differences: [labels, features], of one piece less the other.
        preferred: [labels], 1 if the one is preferred, 0 if the other.
        noise: of the labels, above 0.
        ridge: the penalty for the squares of rewards.
    """
    signs = 2 * preferred - 1

    def loss(weights: Floats) -> tuple[float, Floats]:
        margins = signs * (differences @ weights) / noise
        slopes = -signs / noise / (1 + np.exp(np.clip(margins, -50, 50)))
        value = np.logaddexp(0, -margins).sum() + ridge / 2 * weights @ weights
        return float(value), differences.T @ slopes + ridge * weights

    found: Floats = minimize(loss, np.zeros(differences.shape[1]), jac=True, method="L-BFGS-B").x
    return found


def ensemble(task: Task, *, labels: int, length: int, noise: float, members: int,
             ridge: float) -> Floats:  # fmt: skip
    """Returns the rewards of each member, float64 [members, S, A]; see the head of this file."""
    model = task.model
    random = np.random.default_rng(spread_seed(task.seed, 102))
    counts, values = pieces(model, 2 * labels, length, random)
    difference = values[:labels] - values[labels:]
    margin = difference / noise if noise else 700 * np.sign(difference)
    chance = 1 / (1 + np.exp(-np.clip(margin, -700, 700)))
    preferred = (random.random(labels) < chance).astype(np.float64)
    differences = csr_matrix(counts[:labels] - counts[labels:])
    found = np.empty((members, model.num_states, model.num_actions))
    for member in range(members):
        again = random.integers(labels, size=labels) if members > 1 else np.arange(labels)
        weights = fitted(differences[again], preferred[again], noise or 1.0, ridge)
        found[member] = weights.reshape(model.num_sights, -1)[model.seen]
    return found


def _tabular(task: Task, *, pessimism: float, **settings: Any) -> Task:
    for name in ("labels", "length", "members"):
        checked_count(settings[name], name)
    for name in ("noise", "ridge"):
        checked_number(settings[name], name, 0.0)
    rewards = ensemble(task, **settings)
    paid = rewards.mean(axis=0) - checked_number(pessimism, "pessimism") * rewards.std(axis=0)
    return replace(task, paid=np.zeros_like(task.paid), bonus=paid[None])


PREFERENCES = Method(
    "preferences",
    "learns from a pessimistic ensemble of reward models, fitted to noisy preferences",
    None,
    settings={
        "labels": 1_000, "length": 10, "noise": 1.0, "members": 5, "pessimism": 1.0, "ridge": 0.1
    },
    serves="one",
    tabular=_tabular,
)  # fmt: skip
