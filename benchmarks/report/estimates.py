"""Estimates of a page's numbers. Each is computed once, though tables and figures both show it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from benchmarks.harness.condition import CONTROLS
from benchmarks.harness.results import Results, Row
from safety_envs.statistics import Estimate, estimate

Scores = npt.NDArray[np.float64]
NORMALISED = ("normalised_reward", "normalised_performance", "performance_gap")
"""What can be averaged over tasks."""
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
        found: each of `NORMALISED` -> its estimate over tasks; `runs` is the fewest of a task.
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
        tasks = {metric: _tasks(rows, metric) for metric in NORMALISED}
        found.append(
            Standing(
                label=label,
                control=all(is_control(row) for row in rows),
                exact=all(row.is_exact(name) for row in rows for name in ("reward", "performance")),
                found={metric: estimate(tasks[metric]) for metric in NORMALISED},
                tasks={metric: len(tasks[metric]) for metric in NORMALISED},
            )
        )
    return found


def _tasks(rows: Iterable[Row], metric: str) -> dict[str, Scores]:
    """Returns task -> scores, of the tasks in which some run has one."""
    scores = {row.condition.task: row.scores(metric) for row in rows}
    return {task: each for task, each in scores.items() if not np.isnan(each).all()}
