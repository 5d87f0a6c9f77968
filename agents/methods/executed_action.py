"""Executed-action learning: move the value of the action that took effect, not of the chosen one.

Where an operator or the environment replaces an action, a learner on chosen actions comes to value
what happens under interruptions, and may avoid or seek them. On executed actions, off-policy
learning is not biased by them. Orseau and Armstrong 2016, "Safely Interruptible Agents" (the
abstract was read): "some agents are already safely interruptible, like Q-learning, or can easily be
made so, like Sarsa". Theirs is Sarsa whose next action is drawn from its own policy, which is what
our Sarsa does once it learns on executed actions (from memory).

It has no settings, and changes nothing where no action is ever replaced.
"""

from dataclasses import replace

from agents.methods.method import Method
from agents.tabular.task import Task


def _tabular(task: Task) -> Task:
    return replace(task, learned=task.model.executed)


EXECUTED_ACTION = Method(
    "executed_action",
    "learns on the action that took effect, so that interruptions do not bias it",
    None,
    serves="one",
    tabular=_tabular,
)
