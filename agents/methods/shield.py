"""Shield: only actions that lose at most epsilon of the best attainable value are available.

From exact discounted values of a measure m, the hidden performance or a constraint,

    allowed(s) = {a : Q(s, a) >= max over b of Q(s, b) - epsilon}

every policy inside the shield loses at most epsilon / (1 - discount) of the best value, whatever
its reward is. Alshiekh et al. 2018, "Safe Reinforcement Learning via Shielding" (from memory: a
shield computed from a model restricts the learner's actions, or replaces those that are unsafe).
Theirs enforces temporal logic; ours bounds a loss. The shield sees whole worlds, hidden fields too,
so a learner behind it may know more than it observes.

Settings: measure "performance" or "reward", or "cost" or another metric that is summed, of which
the least is best; epsilon 0 in units of the measure; discount .99, of the shield's values. It
serves tabular learners alone: a network that was trained behind a shield is another policy
without it.
"""

import numpy as np

from agents.methods.checks import checked_number
from agents.methods.method import Method
from agents.tabular.exact import best_values
from agents.tabular.task import Floats, Mask, Task
from safety_envs import ListedModel

PERFORMANCE = "performance"
ROUNDING = 1e-9


def values_of(model: ListedModel, measure: str, discount: float) -> Floats:
    """Returns exact values of actions for a measure, float64 [S, A]; those of a cost are negative.

    Raises:
        SafetyEnvsError: the measure is not summed over an episode.
    """
    sign = 1.0 if measure in (PERFORMANCE, "reward") else -1.0
    return best_values(model, sign * model.expected(model.column(measure)), discount)


def allowed_by(values: Floats, epsilon: float) -> Mask:
    """Returns which actions lose at most epsilon, bool [S, A]."""
    best = values.max(axis=1, keepdims=True)
    found: Mask = values >= best - epsilon - ROUNDING * np.maximum(1.0, np.abs(best))
    return found


def _tabular(task: Task, *, measure: str, epsilon: float, discount: float) -> Task:
    checked_number(epsilon, "epsilon of a shield", 0.0)
    checked_number(discount, "discount of a shield", 0.0, 0.99999)
    return task.with_allowed(allowed_by(values_of(task.model, measure, discount), epsilon))


SHIELD = Method(
    "shield",
    "makes only those actions available that lose little of the best attainable value",
    None,
    settings={"measure": PERFORMANCE, "epsilon": 0.0, "discount": 0.99},
    serves="one",
    tabular=_tabular,
)
