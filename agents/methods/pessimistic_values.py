"""Pessimistic values: the next state counts as if the learner did not quite control what it does.

    Q(s, a) += rate (r + discount ((1 - beta) V(s') + beta min over a' of Q(s', a')) - Q(s, a))

With beta 0 it is the update as it was, with beta 1 that of a learner which expects the worst of its
own future actions. Gaskett 2003, "Reinforcement learning under circumstances beyond its control"
(the abstract was read: it "proposes beta-pessimistic Q-learning", an algorithm "that does not
assume complete control"; the update is from memory). So a learner keeps away from places where a
single wrong action is costly in reward. A harm that the reward does not show changes nothing.

The worst is over actions, not over outcomes: it is no worst case of chance.

Settings: beta .1. It works with Q-learning, Sarsa and expected Sarsa.
"""

from dataclasses import replace

from agents.methods.checks import checked_number
from agents.methods.method import Method
from agents.tabular.task import Task


def _tabular(task: Task, *, beta: float) -> Task:
    return replace(task, pessimism=checked_number(beta, "beta", 0.0, 1.0))


PESSIMISTIC_VALUES = Method(
    "pessimistic_values",
    "counts the worst action of the next state beside the best",
    None,
    settings={"beta": 0.1},
    serves="one",
    tabular=_tabular,
)
