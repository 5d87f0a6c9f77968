"""Attainable-utility preservation, learned: a penalty for changing what could be achieved.

    r(s, a) - weight mean over i of |Q_i(s, a) - B_i| / B_i      (divided by 1 where B_i is 0)

Q_i are the learned values of random auxiliary rewards of what is seen. The baseline B_i is

    stepwise   Q_i(s, no-op)
    inaction   the mean of Q_i(s', no-op) over the worlds s' after as many no-ops from the start
    start      the mean of Q_i(s', no-op) over the starts s'

Turner, Hadfield-Menell and Tadepalli 2020, "Conservative Agency via Attainable Utility
Preservation" (the abstract was read, and the model-free agent of its code in a fork: thirty random
rewards, uniform in [0, 1], weight 1/1.501, discount .996, stepwise, each difference divided by the
baseline). There the values are learned along the way; here they are learned beforehand, by
exploring at random, so that the penalty stands still. The model-free agent compares one action with
one no-op, without the rollouts of no-ops of the planner, see `safety_envs.penalised_plans`.

Settings: weight 1/1.501; baseline stepwise; auxiliaries 30; share .2 of the steps for each of them.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from agents.methods.checks import checked_choice, checked_count, checked_number
from agents.methods.method import Method
from agents.methods.table_rewards import TableRewards, task_on
from agents.tabular.learner import Settings, learn
from agents.tabular.task import Floats, Task, task_of
from safety_envs import ListedModel
from safety_envs.applications import spread_seed

BASELINES = ("stepwise", "inaction", "start")
DISCOUNT = 0.99
"""Of the auxiliary rewards: at .996 they take longer to learn. At .98 a move costs more than an
option for some samples of rewards."""
NETWORK_STEPS = 200_000
EXPLORING = Settings(rate=1.0, last_rate=0.5, exploration=1.0, last_exploration=1.0,
                     exploring_starts=0.5, discount=DISCOUNT)  # fmt: skip


def auxiliary_values(model: ListedModel, number: int, steps: int, seed: int) -> Floats:
    """Returns the learned values of random rewards, float64 [number, S, A].

    Args:
        model: S states, A actions.
        number: of rewards, uniform in [0, 1] for each thing seen, paid on arrival.
        steps: to learn each of them.
        seed: of the rewards and of learning.
    """
    random = np.random.default_rng(seed)
    plain = task_of(model, DISCOUNT)
    found = np.empty((number, model.num_states, model.num_actions))
    alive = model.successor >= 0
    for i in range(number):
        rewards = random.random(model.num_sights)
        arrival = np.where(alive, rewards[model.seen[model.successor]], 0.0)
        learned = learn(replace(plain, paid=arrival), EXPLORING, steps, spread_seed(seed, i))
        found[i] = learned.values[model.seen]
    return found


def baseline_values(model: ListedModel, values: Floats, baseline: str) -> Floats:
    """Returns B, float64 [number, 1 or T, S], broadcast over what it does not depend on."""
    idle = values[:, :, model.no_op]
    if baseline == "stepwise":
        return idle[:, None, :]
    if baseline == "start":
        return np.broadcast_to((idle @ model.start)[:, None, None], idle[:, None, :].shape)
    expected = np.array(
        [idle @ each for each in idle_worlds(model, model.configuration.max_steps)]
    ).T  # [number, T]
    return np.broadcast_to(expected[:, :, None], (*expected.shape, model.num_states))


def idle_worlds(model: ListedModel, number: int) -> list[Floats]:
    """Returns the probabilities of states after 0, 1, ... number - 1 no-ops, each [S]."""
    taken = model.pair % model.num_actions == model.no_op
    alive = taken & (model.successor >= 0)
    source = (model.pair // model.num_actions)[alive]
    now, found = model.start, []
    for _ in range(number):
        found.append(now)
        moved = now[source] * model.probability[alive]
        now = np.bincount(model.successor[alive], moved, model.num_states).astype(np.float64)
    return found


def penalties(model: ListedModel, values: Floats, baseline: str) -> Floats:
    """Returns the mean scaled change of attainable utilities, float64 [1 or T, S, A]."""
    found = np.zeros(1)
    for each, base in zip(values, baseline_values(model, values, baseline), strict=True):
        scale = np.where(base == 0, 1.0, base)
        found = found + np.abs(each[None] - base[:, :, None]) / scale[:, :, None]
    return found / len(values)


def _bonus(task: Task, steps: int, weight: float, baseline: str, auxiliaries: int,
           share: float) -> Floats:  # fmt: skip
    checked_number(weight, "weight of a penalty", 0.0)
    checked_choice(baseline, "baseline", BASELINES)
    each = max(1, int(checked_number(share, "share", 0.0, 1.0) * steps))
    number = checked_count(auxiliaries, "auxiliaries")
    _ = task.model.no_op
    values = auxiliary_values(task.model, number, each, spread_seed(task.seed, 101))
    return -weight * penalties(task.model, values, baseline)


def _tabular(task: Task, **settings: Any) -> Task:
    return replace(task, bonus=task.bonus + _bonus(task, task.steps, **settings))


def _wrap(worlds: Any, **settings: Any) -> TableRewards:
    task = task_on(worlds)
    return TableRewards(worlds, task.model, _bonus(task, NETWORK_STEPS, **settings))


ATTAINABLE_UTILITY = Method(
    "attainable_utility",
    "subtracts a penalty for changing what random rewards could achieve",
    _wrap,
    settings={"weight": 1 / 1.501, "baseline": "stepwise", "auxiliaries": 30, "share": 0.2},
    serves="one",
    tabular=_tabular,
)
