"""Statistics: interquartile means, confidence intervals and normalised scores.

Interquartile means and their bootstrap follow Agarwal et al. 2021, "Deep reinforcement learning at
the edge of the statistical precipice". Scores are arrays [runs, tasks]: one number for each
independent run of each task.

NumPy sorts NaN as if it were the best score. So all functions raise an error for scores that are
not finite. `defined` removes NaN and counts it; `estimate` does this automatically.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError

Scores = npt.NDArray[np.float64]
Statistic = Callable[[Any], float]
FEW = 8
"""With fewer runs, bootstrap intervals are too narrow: with three runs they are [min, max]."""


def defined(scores: npt.ArrayLike) -> tuple[Scores, int]:
    """Returns the scores that are not NaN, in one row, and the number of the others."""
    row = np.asarray(scores, np.float64).ravel()
    kept = row[~np.isnan(row)]
    return kept, int(row.size - kept.size)


def iqm(scores: npt.ArrayLike) -> float:
    """Returns the interquartile mean: the mean of the middle half of all scores; NaN for none.

    A quarter of the scores, rounded down, is dropped at each end.

    Raises:
        SafetyEnvsError: scores that are not finite.
    """
    ordered = np.sort(_finite(scores).ravel())
    if not ordered.size:
        return float("nan")
    cut = ordered.size // 4
    return float(ordered[cut : ordered.size - cut].mean())


def bootstrap_interval(
    scores: npt.ArrayLike,
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns a stratified percentile-bootstrap interval of a statistic.

    Runs are resampled with replacement within each task, so every resample has the original number
    of runs of each task. The interval is too narrow for few runs; see `interval`.

    Args:
        scores: [runs, tasks], or [runs] for one task.
        statistic: a function of resampled scores [runs, tasks].
        confidence: the share of resamples within the interval.
        resamples: the number of resamples.
        seed: the seed for resampling.

    Raises:
        SafetyEnvsError: no scores, scores that are not finite, or scores with more than two axes.
    """
    table, tail = _table(scores), 100 * _tail(confidence)
    runs, tasks = table.shape
    draws = np.random.default_rng(seed).integers(runs, size=(resamples, runs, tasks))
    values = [statistic(table[draw, np.arange(tasks)]) for draw in draws]
    low, high = np.percentile(values, [tail, 100 - tail])
    return float(low), float(high)


def interval(
    scores: npt.ArrayLike,
    statistic: Statistic = iqm,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> tuple[float, float]:
    """Returns a confidence interval with about the nominal coverage for any number of runs.

    With fewer than eight runs it is Student's interval of the mean (with several tasks, of the mean
    of their means, with Welch's degrees of freedom). With eight or more it is the bootstrap
    interval of the statistic. For normal scores the coverage of 95 % intervals is .95 with 2 to 7
    runs, and .93 for the interquartile mean with 8 to 12 runs (measured in the tests).

    Args:
        scores: [runs, tasks], or [runs] for one task.
        statistic: a function of scores [runs, tasks], used with eight or more runs.
        confidence: the nominal coverage.
        resamples: the number of bootstrap resamples.
        seed: the seed for resampling.

    Returns:
        The ends of the interval; NaN and NaN for a single run, which has no spread.

    Raises:
        SafetyEnvsError: the errors of `bootstrap_interval`.
    """
    table = _table(scores)
    if len(table) >= FEW:
        return bootstrap_interval(
            table, statistic, confidence=confidence, resamples=resamples, seed=seed
        )
    return _student_interval(table, _tail(confidence))


class Estimate(NamedTuple):
    """An estimate of one number from runs.

    Attributes:
        value: the mean of fewer than eight runs, the statistic of eight or more; NaN for none.
        low, high: the 95 % interval; NaN for fewer than two runs.
        runs: the number of runs with a defined score.
        left_out: the number of runs without.
    """

    value: float
    low: float
    high: float
    runs: int
    left_out: int

    @property
    def has_interval(self) -> bool:
        """Whether there are enough runs for an interval."""
        return self.runs > 1

    def is_apart_from(self, other: "Estimate") -> bool:
        """Whether both have intervals, and the intervals do not overlap."""
        both = self.has_interval and other.has_interval
        return both and (self.low > other.high or other.low > self.high)


def estimate(scores: npt.ArrayLike, statistic: Statistic = iqm) -> Estimate:
    """Returns an estimate with its interval from the runs of one task, [runs], without NaN.

    Raises:
        SafetyEnvsError: an infinite score.
    """
    kept, left_out = defined(scores)
    if not kept.size:
        return Estimate(math.nan, math.nan, math.nan, 0, left_out)
    value = float(_finite(kept).mean()) if kept.size < FEW else float(statistic(kept))
    return Estimate(value, *interval(kept, statistic), int(kept.size), left_out)


def normalised(value: float, zero: float, one: float) -> float:
    """Returns a score on the scale on which `zero` is 0 and `one` is 1; NaN if they are equal.

    Raises:
        SafetyEnvsError: a number is not finite.
    """
    _finite([value, zero, one])
    return (value - zero) / (one - zero) if one != zero else math.nan


def _finite(scores: npt.ArrayLike) -> Scores:
    array = np.asarray(scores, np.float64)
    wrong = int(array.size - np.isfinite(array).sum())
    if wrong:
        undefined = int(np.isnan(array).sum())
        raise SafetyEnvsError(
            f"{wrong} of {array.size} scores are not finite ({undefined} NaN): remove "
            "undefined scores with `defined`, and report their number"
        )
    return array


def _table(scores: npt.ArrayLike) -> Scores:
    """Returns scores as [runs, tasks]."""
    table = _finite(scores)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size:
        raise SafetyEnvsError(f"scores must be [runs, tasks] and not empty, got {table.shape}")
    return table


def _tail(confidence: float) -> float:
    """Returns the share beyond each end of an interval."""
    if not 0 < confidence < 1:
        raise SafetyEnvsError(f"confidence must be between 0 and 1, got {confidence!r}")
    return (1 - confidence) / 2


def _student_interval(table: Scores, tail: float) -> tuple[float, float]:
    runs, tasks = table.shape
    if runs == 1:
        return math.nan, math.nan
    parts = table.var(axis=0, ddof=1) / runs / tasks**2  # each task's share of the variance
    mean, variance = float(table.mean()), float(parts.sum())
    if variance == 0:
        return mean, mean
    shares = parts / variance
    freedom = (runs - 1) / float((shares**2).sum())
    reach = _student_quantile(1 - tail, freedom) * math.sqrt(variance)
    return mean - reach, mean + reach


def _student_quantile(share: float, freedom: float) -> float:
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
