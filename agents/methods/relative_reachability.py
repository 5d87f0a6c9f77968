"""Relative reachability, learned: a penalty for losing states that could be reached.

    r(s, a) - weight mean over x of E[max(R(b; x) - R(s'; x), 0)],   R(s; x) = discount^n(s, x)

n(s, x) is the length of the shortest known way from s to x, and R is 0 if none is known. The
baseline b of an action is

    stepwise   the state after a no-op in s
    inaction   the state after as many no-ops from the start as steps have been taken
    start      the start

Krakovna et al. 2018, "Penalizing side effects using stepwise relative reachability" (its code was
read, deepmind-research, side_effects_penalties/side_effects_penalty.py: reachability of observed
transitions alone, updated with each new one; the mean over states of the truncated difference; no
penalty after the end). There it is learned along the way; here the transitions are observed
beforehand, by exploring at random, so that the penalty stands still. What the code learns with each
transition is the shortest path over those seen so far, which is what is computed here. Stepwise
is without the code's rollouts of no-ops, as in `attainable_utility`: an effect that comes later by
itself is missed. `safety_envs.penalised_plans` has the same penalty by planning.

Settings: weight 3; baseline stepwise; discount .99; share .5 of the steps to explore.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import shortest_path

from agents.methods.attainable_utility import BASELINES, NETWORK_STEPS, idle_worlds
from agents.methods.checks import checked_choice, checked_number
from agents.methods.method import Method
from agents.methods.preferences import drawn_edges
from agents.methods.table_rewards import TableRewards, task_on
from agents.tabular.task import Floats, Ints, Task
from safety_envs import ListedModel, SafetyEnvsError
from safety_envs.applications import spread_seed

MOST_SIGHTS = 3_000
WALKERS = 100


def observed(model: ListedModel, steps: int, seed: int) -> Ints:
    """Returns the edges that are taken in some steps of the random policy, int64 [distinct].

    Args:
        model: where.
        steps: of all walkers together.
        seed: of chance.
    """
    random = np.random.default_rng(seed)
    sums = np.cumsum(model.probability)
    met = np.zeros(len(model.successor), np.bool_)
    states = random.choice(model.num_states, WALKERS, p=model.start)
    for time in range(1, 1 + steps // WALKERS):
        pairs = states * model.num_actions + random.integers(model.num_actions, size=WALKERS)
        edges = drawn_edges(model, sums, pairs, random)
        met[edges] = True
        over = model.successor[edges] < 0
        over |= time % model.configuration.max_steps == 0
        fresh = random.choice(model.num_states, WALKERS, p=model.start)
        states = np.where(over, fresh, model.successor[edges])
    return np.flatnonzero(met)


def reachability(model: ListedModel, edges: Ints, discount: float) -> Floats:
    """Returns how well each sight can reach each, discount^n, float64 [sights, sights].

    Args:
        model: what is seen in which state.
        edges: that have been observed.
        discount: of a step.

    Raises:
        SafetyEnvsError: too many sights.
    """
    size = model.num_sights
    if size > MOST_SIGHTS:
        raise SafetyEnvsError(
            f"{model.configuration.id} shows {size} different things, and relative_reachability "
            f"compares up to {MOST_SIGHTS}: give a smaller environment"
        )
    edges = edges[model.successor[edges] >= 0]
    begin = model.seen[model.pair[edges] // model.num_actions]
    end = model.seen[model.successor[edges]]
    known = csr_matrix((np.ones(len(edges)), (begin, end)), shape=(size, size))
    steps = shortest_path(known, unweighted=True)
    found: Floats = np.where(
        np.isfinite(steps), discount ** np.where(np.isfinite(steps), steps, 0), 0
    )
    return found


def baselines(model: ListedModel, reach: Floats, baseline: str) -> Floats:
    """Returns R(b; x) in expectation over b, float64 [1 or T, 1 or S, sights]."""
    of_state = reach[model.seen]
    if baseline == "start":
        return (model.start @ of_state)[None, None]
    if baseline == "inaction":
        after = idle_worlds(model, model.configuration.max_steps + 1)[1:]
        return np.stack(after)[:, None] @ of_state
    idle = model.pair % model.num_actions == model.no_op
    idle &= model.successor >= 0
    weights = (
        model.probability[idle],
        (model.pair[idle] // model.num_actions, model.successor[idle]),
    )
    found: Floats = (csr_matrix(weights, shape=(model.num_states,) * 2) @ of_state)[None]
    return found


def penalties(model: ListedModel, reach: Floats, baseline: str) -> Floats:
    """Returns the mean loss of reachability, float64 [1 or T, S, A]."""
    base = baselines(model, reach, baseline)
    source, after = model.pair // model.num_actions, model.successor
    found = np.empty((len(base), model.num_states, model.num_actions))
    now = reach[model.seen[after]]
    for time, each in enumerate(base):
        there = each[source] if len(each) > 1 else each
        lost = np.maximum(there - now, 0.0).mean(axis=1)
        found[time] = model.expected(np.where(after >= 0, lost, 0.0))
    return found


def _bonus(task: Task, steps: int, weight: float, baseline: str, discount: float,
           share: float) -> Floats:  # fmt: skip
    checked_number(weight, "weight of a penalty", 0.0)
    checked_choice(baseline, "baseline", BASELINES)
    checked_number(discount, "discount of reachability", 0.0, 1.0)
    explored = int(checked_number(share, "share", 0.0, 1.0) * steps)
    _ = task.model.no_op
    edges = observed(task.model, explored, spread_seed(task.seed, 103))
    return -weight * penalties(task.model, reachability(task.model, edges, discount), baseline)


def _tabular(task: Task, **settings: Any) -> Task:
    return replace(task, bonus=task.bonus + _bonus(task, task.steps, **settings))


def _wrap(worlds: Any, **settings: Any) -> TableRewards:
    task = task_on(worlds)
    return TableRewards(worlds, task.model, _bonus(task, NETWORK_STEPS, **settings))


RELATIVE_REACHABILITY = Method(
    "relative_reachability",
    "subtracts a penalty for losing states that could be reached",
    _wrap,
    settings={"weight": 3.0, "baseline": "stepwise", "discount": 0.99, "share": 0.5},
    serves="one",
    tabular=_tabular,
)
