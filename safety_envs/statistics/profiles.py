"""Performance profiles: the distribution of scores over runs and tasks."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.statistics.resampling import resample_counts, tail_of
from safety_envs.statistics.scores import (
    FEW,
    ByTask,
    Scores,
    fewest_runs,
    finite_scores,
    runs_of_tasks,
)


class Profile(NamedTuple):
    """A performance profile, and a band that holds each of its points apart with 95 %."""

    thresholds: Scores  # [K]
    share: Scores  # [K] of runs with a score above the threshold
    low: Scores  # [K]
    high: Scores  # [K]


def performance_profile(
    scores: npt.ArrayLike | ByTask,
    thresholds: npt.ArrayLike,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Profile:
    """Returns the share of runs with a score above each threshold, averaged over the tasks.

    Agarwal et al. 2021, section 4.2, the run-score distribution: for N runs of each of M tasks,

        F(tau) = 1 / M sum over tasks of 1 / N sum over runs of [score > tau]

    The band is pointwise: the stratified percentile bootstrap at each threshold. It takes eight
    runs of each task; below it is NaN. Where all runs are on one side of a threshold, resampling
    shows no spread, and the band has no width.

    Args:
        scores: [runs, tasks], or [runs] for one task, or task -> runs.
        thresholds: [K] the taus.
        resamples: of the bootstrap.
        seed: for the resampling.

    Raises:
        SafetyEnvsError: no scores, or some that are not finite, or thresholds that are not a row.
    """
    tasks, row = runs_of_tasks(scores), finite_scores(thresholds)
    if row.ndim != 1:
        raise SafetyEnvsError(f"thresholds must be a row of numbers, got shape {row.shape}")
    above = [(runs[:, None] > row).astype(np.float64) for runs in tasks]
    share = np.mean([each.mean(axis=0) for each in above], axis=0)
    if fewest_runs(tasks) < FEW:
        return Profile(row, share, np.full_like(row, np.nan), np.full_like(row, np.nan))
    random = np.random.default_rng(seed)
    shares = [resample_counts(len(each), resamples, random) @ each / len(each) for each in above]
    drawn = np.mean(shares, axis=0)
    tail = 100 * tail_of(0.95)
    low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
    return Profile(row, share, low, high)
