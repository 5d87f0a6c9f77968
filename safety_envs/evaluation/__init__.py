"""Exact questions about given policies: what they earn, how they compare, where they break.

`safety_envs.exact` holds the models and the solvers; this package takes policies in any form, from
an array of probabilities to a trained network, and asks the solvers.
"""

from safety_envs.evaluation.evaluating import evaluate
from safety_envs.evaluation.goodhart import goodhart_curve, goodhart_position

__all__ = ["evaluate", "goodhart_curve", "goodhart_position"]
