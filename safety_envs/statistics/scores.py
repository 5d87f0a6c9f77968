"""Scores of runs: checked, and brought to one form."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError

Scores = npt.NDArray[np.float64]
"""Scores, float64 [runs, tasks]: one for each independent run of each task."""
ByTask = Mapping[Any, npt.ArrayLike]
"""Task -> its runs."""
FEW = 8
"""With fewer runs, bootstrap intervals are too narrow: with three runs they are [min, max]."""


def defined(scores: npt.ArrayLike) -> tuple[Scores, int]:
    """Returns the scores that are not NaN, in one row, and the number of the others."""
    row = np.asarray(scores, np.float64).ravel()
    kept = row[~np.isnan(row)]
    return kept, int(row.size - kept.size)


def finite_scores(scores: npt.ArrayLike) -> Scores:
    """Returns scores as an array of finite numbers; raises an error that counts the others."""
    try:
        array = np.asarray(scores, np.float64)
    except ValueError:  # rows of different lengths
        raise SafetyEnvsError(
            "scores must be numbers, [runs, tasks]; give a mapping, task -> runs, where tasks have "
            "different numbers of runs"
        ) from None
    wrong = int(array.size - np.isfinite(array).sum())
    if wrong:
        undefined = int(np.isnan(array).sum())
        raise SafetyEnvsError(
            f"{wrong} of {array.size} scores are not finite ({undefined} NaN): remove "
            "undefined scores with `defined`, and report their number"
        )
    return array


def score_table(scores: npt.ArrayLike) -> Scores:
    """Returns scores as [runs, tasks]."""
    table = finite_scores(scores)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size:
        raise SafetyEnvsError(f"scores must be [runs, tasks] and not empty, got {table.shape}")
    return table


def runs_of_tasks(scores: npt.ArrayLike | ByTask) -> list[Scores]:
    """Returns the runs of each task."""
    if not isinstance(scores, Mapping):
        return list(score_table(scores).T)
    tasks = [finite_scores(runs).ravel() for runs in scores.values()]
    if not tasks or not fewest_runs(tasks):
        raise SafetyEnvsError(
            f"every task must have runs, got {[len(runs) for runs in tasks]}: leave the others out"
        )
    return tasks


def by_task(scores: npt.ArrayLike | ByTask) -> ByTask:
    """Returns scores, which may be undefined, as task -> runs."""
    if isinstance(scores, Mapping):
        return scores
    array = np.asarray(scores, np.float64)
    return dict(enumerate(array[None] if array.ndim == 1 else array.T))


def side_of(scores: npt.ArrayLike) -> tuple[Scores, int]:
    """Returns one side of a difference without what is undefined, and how much that was."""
    if isinstance(scores, Mapping) or np.ndim(scores) > 1:
        raise SafetyEnvsError(
            "a difference is of two groups of runs of one task, [runs], or of a known number"
        )
    return defined(scores)


def fewest_runs(tasks: Iterable[Scores]) -> int:
    """Returns the number of runs of the task that has the fewest."""
    return min((len(runs) for runs in tasks), default=0)
