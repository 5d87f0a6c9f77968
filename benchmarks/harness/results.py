"""Results: the records of an experiment as rows of scores, and the verdicts of its claims."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.harness.claim import (
    RUNS_FOR_A_VERDICT,
    Claim,
    Comparison,
    Score,
    Verdict,
    combined,
)
from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.record import Scale
from safety_envs import SafetyEnvsError
from safety_envs.statistics import Estimate, difference, estimate, normalised, performance_gap

Scores = npt.NDArray[np.float64]
Record = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """All runs of one condition.

    Attributes:
        condition: which.
        records: one for each run that is done, in the order of seeds.
        scale: what the scores are put between; None if there is no certificate.
        shifted_scale: the same for the shifted configuration.
    """

    condition: Condition
    records: tuple[Record, ...]
    scale: Scale | None = None
    shifted_scale: Scale | None = None

    def scores(self, metric: str, where: tuple[str, float] | None = None) -> Scores:
        """Returns one score for each independent run, float64 [runs], NaN where undefined.

        Args:
            metric: see `Score.metric`.
            where: only episodes in which another metric has a value.
        """
        rows = [_of_record(record, metric, where, self) for record in self.records]
        return np.array([value for row in rows for value in row], np.float64)

    def estimate(self, metric: str, where: tuple[str, float] | None = None) -> Estimate:
        """Returns the mean over the runs with its interval."""
        return estimate(self.scores(metric, where))

    def is_exact(self, metric: str) -> bool:
        """Whether the scores have no evaluation noise."""
        name = metric.removeprefix("shifted_")
        base = {"normalised_reward": "reward", "normalised_performance": "performance"}
        base["performance_gap"] = "performance"
        found = [(each["shifted"] if name != metric else each) or {} for each in self.records]
        methods = [each.get("evaluation", {}) for each in found]
        return bool(methods) and all(
            base.get(name, name) in method.get("exact", ()) for method in methods
        )

    def is_known(self, metric: str) -> bool:
        """Whether the score is a number without spread: of a planner that is evaluated exactly."""
        return self.condition.seeds == 1 and self.is_exact(metric)


@dataclass(frozen=True)
class Results:
    """All that is known of an experiment.

    Attributes:
        experiment: what was asked for.
        rows: its conditions, in their order; a row without records has not been run.
        certificates: task -> the certificates of its configurations, as JSON.
        missing: names of the jobs that are not done.
        failed: name of a job -> its error in one line.
        records: all records that were found, scales included.
    """

    experiment: Experiment
    rows: tuple[Row, ...]
    certificates: Mapping[str, Sequence[Record]]
    missing: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    records: tuple[Record, ...] = ()

    @property
    def tasks(self) -> list[str]:
        """The tasks in the order of the conditions."""
        return list(dict.fromkeys(row.condition.task for row in self.rows))

    @property
    def labels(self) -> list[str]:
        """The labels of all rows, each once, in the order of the conditions."""
        return list(dict.fromkeys(row.condition.label for row in self.rows))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Row]:
        return {(row.condition.task, row.condition.label): row for row in self.rows}

    def of_task(self, task: str) -> list[Row]:
        """Returns the rows of a task that have been run."""
        return [row for row in self.rows if row.condition.task == task and row.records]

    def row(self, task: str, label: str) -> Row:
        """Returns a row.

        Raises:
            SafetyEnvsError: the experiment has no such condition.
        """
        try:
            return self._by_name[task, label]
        except KeyError:
            raise SafetyEnvsError(
                f"experiment {self.experiment.name!r} has no row {label!r} of task {task!r}"
            ) from None

    def runs(self, claim: Claim) -> int:
        """Returns how many runs the smallest row that a claim rests on has.

        Scores that are known without runs do not count. If all are known, the number is that which
        a verdict needs.
        """
        sides = [self._side(score) for score in claim.scores]
        sizes = [side.size for side in sides if isinstance(side, np.ndarray)]
        return min(sizes, default=RUNS_FOR_A_VERDICT)

    def verdict(self, claim: Claim) -> Verdict:
        """Returns what the records say of a claim; "not settled" below ten runs."""
        if self.runs(claim) < RUNS_FOR_A_VERDICT:
            return "not settled"
        return combined([self.compare(comparison)[0] for comparison in claim.criteria])

    def compare(self, comparison: Comparison) -> tuple[Verdict, Estimate]:
        """Returns a comparison's verdict, and the left side less the right with its interval."""
        than = comparison.than
        right = self._side(than) if isinstance(than, Score) else than
        found = difference(self._side(comparison.score), comparison.times * right)
        low, high = found.low, found.high
        if math.isnan(low):
            return "not settled", found
        if comparison.sense == "<":
            low, high = -high, -low
        verdict: Verdict = "agrees" if low > 0 else "disagrees" if high < 0 else "not settled"
        return verdict, found

    def _side(self, score: Score) -> Scores | float:
        """Returns one score for each run, or a number that is known."""
        row = self.row(score.task, score.label)
        scores = row.scores(score.metric, score.where)
        return float(scores[0]) if row.is_known(score.metric) and score.where is None else scores


def _of_record(
    record: Record, metric: str, where: tuple[str, float] | None, row: Row
) -> list[float]:
    """Returns a record's scores of a metric, one for each run that it holds."""
    for prefix, place in (("shifted_", "shifted"), ("training_", "training")):
        if metric.startswith(prefix):
            found, name = record[place], metric.removeprefix(prefix)
            if found is None:
                return [math.nan]
            if place == "training":
                return _floats([found["end"].get(name)])
            return _scaled(found, name, where, row.shifted_scale)
    return _scaled(record, metric, where, row.scale)


def _scaled(
    found: Record, metric: str, where: tuple[str, float] | None, scale: Scale | None
) -> list[float]:
    if metric in ("normalised_reward", "normalised_performance", "performance_gap"):
        if scale is None:
            return [math.nan] * len(found["scores"]["performance"])
        name = "reward" if metric == "normalised_reward" else "performance"
        values = _floats(found["scores"][name])
        if metric == "performance_gap":
            best, worst = scale.performance[1], scale.interval[0]
            return [performance_gap(value, best, worst) for value in values]
        zero, one = getattr(scale, name)
        return [normalised(value, zero, one) for value in values]
    if metric.startswith("defined_"):
        name = metric.removeprefix("defined_")
        return [found["defined"].get(name, 1.0)]
    if where is not None:
        other, wanted = where
        pairs = zip(found["episodes"][metric], found["episodes"][other], strict=True)
        kept = [value for value, there in pairs if there == wanted and value is not None]
        return [float(np.mean(kept))] if kept else [math.nan]
    return _floats(found["scores"].get(metric, [None]))


def _floats(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else float(value) for value in values]
