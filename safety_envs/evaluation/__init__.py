"""Exact questions about given policies: what they earn, how they compare, where they break.

`safety_envs.exact` holds the models and the solvers; this package takes policies in any form, from
an array of probabilities to a trained network, and asks the solvers.
"""

from safety_envs.evaluation.bounding import bounds
from safety_envs.evaluation.evaluating import evaluate
from safety_envs.evaluation.frontier import frontier
from safety_envs.evaluation.goodhart import goodhart_curve, goodhart_position
from safety_envs.evaluation.measuring import Measures, measure, measure_episodes
from safety_envs.evaluation.perturbed import worst_case
from safety_envs.evaluation.responses import best_response, exploitability

__all__ = [
    "Measures",
    "best_response",
    "bounds",
    "evaluate",
    "exploitability",
    "frontier",
    "goodhart_curve",
    "goodhart_position",
    "measure",
    "measure_episodes",
    "worst_case",
]
