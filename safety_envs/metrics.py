"""Statistics one can trust: interquartile means, bootstrap intervals, normalised scores.

Definitions of Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical
precipice". Scores are arrays [runs, tasks]: one number for each independent run of each task.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError

Scores = npt.NDArray[np.float64]


def iqm(scores: npt.ArrayLike) -> float:
    """Returns the interquartile mean: the mean of the middle half of all scores, NaN for none.

    A quarter of the scores, rounded down, is dropped at either end.
    """
    ordered = np.sort(np.asarray(scores, np.float64).ravel())
    if not ordered.size:
        return float("nan")
    cut = ordered.size // 4
    return float(ordered[cut : ordered.size - cut].mean())


def bootstrap_interval(
    scores: npt.ArrayLike,
    statistic: Callable[[Any], float] = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns a stratified percentile-bootstrap interval of a statistic.

    Runs are drawn with replacement within each task, so that every resample holds as many runs of
    each task as there are.

    Args:
        scores: [runs, tasks], or [runs] for one task.
        statistic: of resampled scores [runs, tasks].
        confidence: share of resamples within the interval.
        resamples: how many.
        seed: for the resampling.

    Raises:
        SafetyEnvsError: no scores, or scores of more than two axes.
    """
    table = np.asarray(scores, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size:
        raise SafetyEnvsError(f"scores must be [runs, tasks] and not empty, got {table.shape}")
    runs, tasks = table.shape
    draws = np.random.default_rng(seed).integers(runs, size=(resamples, runs, tasks))
    values = [statistic(table[draw, np.arange(tasks)]) for draw in draws]
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def normalised(value: float, zero: float, one: float) -> float:
    """Returns a score on the scale where `zero` is 0 and `one` is 1; NaN where they are equal."""
    return (value - zero) / (one - zero) if one != zero else float("nan")
