"""Quantilizer: act like a reference policy, restricted to the best share of its actions.

Of actions ordered by their value, a q-quantilizer draws one of the top q of the reference's
probability: P(a) = reference(a) / q for the best actions, the last of them in part. Taylor 2015,
"Quantilizers maximize expected utility subject to a conservative cost constraint" (the post was
read): P(a) <= reference(a) / q, so that for every cost of actions, also unknown, the expected cost
is at most 1 / q times that of the reference; of all policies with that bound it has the highest
expected utility.

The bound is for one decision. Here each state quantilizes by the values of the quantilizing policy
itself, so over T decisions the factor may be as large as q^-T.

Settings: quantile .25; the reference as in `kl_regularisation`.
"""

from dataclasses import replace

from agents.methods.checks import checked_number
from agents.methods.kl_regularisation import reference_of
from agents.methods.method import Method
from agents.tabular.task import Task


def _tabular(task: Task, *, quantile: float, reference: str) -> Task:
    share = checked_number(quantile, "quantile", 1e-6, 1.0)
    return replace(task, quantile=share, reference=reference_of(task, reference))


QUANTILIZER = Method(
    "quantilizer",
    "acts like a reference policy, restricted to the best share of its actions",
    None,
    settings={"quantile": 0.25, "reference": "uniform"},
    serves="one",
    tabular=_tabular,
)
