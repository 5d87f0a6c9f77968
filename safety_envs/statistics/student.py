"""Student's intervals, by Welch's degrees of freedom."""

import math
from collections.abc import Sequence

import numpy as np

from safety_envs.statistics.scores import Scores


def student_reach(groups: Sequence[Scores], weights: Sequence[float], tail: float) -> float:
    """Returns how far the interval of a weighted sum of groups' means reaches to either side.

    Its degrees of freedom are Welch's; NaN if a group has a single run.
    """
    if any(len(runs) == 1 for runs in groups):
        return math.nan
    parts = np.array(
        [w**2 * runs.var(ddof=1) / len(runs) for w, runs in zip(weights, groups, strict=True)]
    )
    variance = float(parts.sum())
    if variance == 0:
        return 0.0
    shares = parts / variance
    freedom = 1 / sum(s**2 / (len(runs) - 1) for s, runs in zip(shares, groups, strict=True))
    return student_quantile(1 - tail, float(freedom)) * math.sqrt(variance)


def student_quantile(share: float, freedom: float) -> float:
    """Returns the quantile of Student's distribution for a share above one half.

    With t = sqrt(freedom) tan(angle) the density is cos(angle)^(freedom - 1) up to a known factor,
    so the angle is found by bisection of its integral.
    """
    log_total = math.lgamma(freedom / 2) - math.lgamma((freedom + 1) / 2)
    goal = (share - 0.5) * math.sqrt(math.pi) * math.exp(log_total)
    nodes, weights = np.polynomial.legendre.leggauss(64)
    low, high = 0.0, math.pi / 2
    for _ in range(60):
        angle = (low + high) / 2
        heights = np.cos(angle * (nodes + 1) / 2) ** (freedom - 1)
        below = angle / 2 * float(weights @ heights) < goal
        low, high = (angle, high) if below else (low, angle)
    return math.sqrt(freedom) * math.tan(high)
