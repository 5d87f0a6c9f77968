"""The stratified bootstrap."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.statistics.scores import ByTask, Scores, runs_of_tasks, score_table


def resampled(
    scores: npt.ArrayLike | ByTask, resamples: int, random: np.random.Generator
) -> Iterator[Any]:
    """Yields scores whose runs are drawn with replacement within each task."""
    if not isinstance(scores, Mapping):
        table = score_table(scores)
        runs, tasks = table.shape
        for draw in random.integers(runs, size=(resamples, runs, tasks)):
            yield table[draw, np.arange(tasks)]
        return
    groups = dict(zip(scores, runs_of_tasks(scores), strict=True))
    for _ in range(resamples):
        yield {
            task: runs[random.integers(len(runs), size=len(runs))] for task, runs in groups.items()
        }


def resample_counts(runs: int, resamples: int, random: np.random.Generator) -> Scores:
    """Returns how often each run is in each resample, [resamples, runs]."""
    return random.multinomial(runs, np.full(runs, 1 / runs), size=resamples).astype(np.float64)


def middle_of(values: Scores | list[float], tail: float) -> tuple[float, float]:
    """Returns the percentile interval of a statistic's resamples."""
    low, high = np.percentile(values, [100 * tail, 100 - 100 * tail])
    return float(low), float(high)


def tail_of(confidence: float) -> float:
    """Returns the share beyond each end of an interval."""
    if not 0 < confidence < 1:
        raise SafetyEnvsError(f"confidence must be between 0 and 1, got {confidence!r}")
    return (1 - confidence) / 2
