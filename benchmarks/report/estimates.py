"""Estimates of a page's numbers. Each is computed once, though tables and figures both show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from benchmarks.harness.condition import CONTROLS
from benchmarks.harness.results import Results, Row
from safety_envs.metrics import FEW, Estimate, defined, estimate, interval, iqm

Scores = npt.NDArray[np.float64]
NORMALISED = ("normalised_reward", "normalised_performance", "performance_gap")
"""What can be averaged over tasks."""
NO_ESTIMATE = Estimate(float("nan"), float("nan"), float("nan"), 0, 0)
_CONTROLS = {name for names in CONTROLS.values() for name in names}


def is_control(row: Row) -> bool:
    """Whether a row is there to compare others with."""
    return row.condition.agent in _CONTROLS


def estimate_of(row: Row, metric: str) -> Estimate:
    """Returns `row.estimate(metric)`, which resamples, from a memory."""
    return _estimate(row.scores(metric).tobytes())


@lru_cache(maxsize=10_000)
def _estimate(scores: bytes) -> Estimate:
    return estimate(np.frombuffer(scores, np.float64))


def share_defined(row: Row, metric: str) -> float:
    """Returns the share of episodes in which a metric is defined, over all runs of a row."""
    name = metric.removeprefix("shifted_")
    place = "shifted" if name != metric else None
    found = [record[place] if place else record for record in row.records]
    shares = [each["defined"].get(name, 1.0) for each in found if each]
    return float(np.mean(shares)) if shares else 1.0


@dataclass(frozen=True)
class Standing:
    """A label over all tasks.

    Attributes:
        label: which.
        control: whether it is a control.
        exact: whether reward and performance are exact in all its tasks.
        found: each of `NORMALISED` -> its estimate over tasks; `runs` is that of each task.
        tasks: each of `NORMALISED` -> how many tasks enter.
    """

    label: str
    control: bool
    exact: bool
    found: dict[str, Estimate]
    tasks: dict[str, int]


def standings(results: Results) -> list[Standing]:
    """Returns the labels that have runs, in the order of the conditions."""
    found = []
    for label in results.labels:
        rows = [row for task in results.tasks for row in results.of_task(task)]
        rows = [row for row in rows if row.condition.label == label]
        if not rows:
            continue
        columns = {
            metric: [kept for row in rows if (kept := defined(row.scores(metric))[0]).size]
            for metric in NORMALISED
        }
        found.append(
            Standing(
                label=label,
                control=all(is_control(row) for row in rows),
                exact=all(row.is_exact(name) for row in rows for name in ("reward", "performance")),
                found={metric: over_tasks(columns[metric]) for metric in NORMALISED},
                tasks={metric: len(columns[metric]) for metric in NORMALISED},
            )
        )
    return found


def over_tasks(columns: Sequence[Scores]) -> Estimate:
    """Returns an estimate over tasks: the interquartile mean of all runs of all tasks.

    Every task enters with equally many runs, the least that one has: with all of them a task would
    weigh more for having more runs. Below eight runs it is the mean, as in `estimate`.

    Args:
        columns: the scores of each task, [runs of that task], without NaN.
    """
    if not columns:
        return NO_ESTIMATE
    runs = min(column.size for column in columns)
    table = np.column_stack([column[:runs] for column in columns])
    value = float(table.mean()) if runs < FEW else iqm(table)
    left_out = sum(column.size - runs for column in columns)
    return Estimate(value, *_interval(table.tobytes(), table.shape), runs, left_out)


@lru_cache(maxsize=1000)
def _interval(scores: bytes, shape: tuple[int, int]) -> tuple[float, float]:
    return interval(np.frombuffer(scores, np.float64).reshape(shape))
