"""Claims: what an experiment is expected to show, decided by intervals.

A comparison is settled when the whole 95 % interval of a quantity, or of a difference of two, lies
on one side of a threshold. A claim agrees when all its comparisons hold, and disagrees when one of
them is settled the other way. Otherwise it is not settled.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.harness.statements import Statement

RUNS_FOR_A_VERDICT = 10
Verdict = Literal["agrees", "disagrees", "not settled"]


@dataclass(frozen=True)
class Score:
    """A quantity of one row: its mean over runs, with an interval.

    Attributes:
        task, label: the row; see `Condition`.
        metric: a metric of the environment; "reward", "length", "normalised_reward",
            "normalised_performance", "performance_gap"; after a shift "shifted_..."; at the end of
            training "training_..."; "defined_..." is the share of episodes in which a metric is
            defined.
        where: only episodes in which another metric has this value, (metric, value).
    """

    task: str
    label: str
    metric: str
    where: tuple[str, float] | None = None


@dataclass(frozen=True)
class Comparison:
    """A score beside a number or beside another score.

    Attributes:
        score: the left side.
        sense: whether it is to be larger or smaller.
        than: the right side.
        times: a factor of the right side.
    """

    score: Score
    sense: Literal[">", "<"]
    than: Score | float
    times: float = 1.0


@dataclass(frozen=True)
class Claim:
    """What is looked for in the records.

    Attributes:
        statement: what is expected here, in words; a clause without its full stop.
        criteria: the comparisons that decide it; all must hold.
        source: what others found, if the claim is a replication. Without a source that was read
            it gets no verdict beside the published result.
        remark: what else a reader must know.
    """

    statement: str
    criteria: tuple[Comparison, ...]
    source: Statement | None = None
    remark: str = ""

    @property
    def scores(self) -> tuple[Score, ...]:
        """The scores that it rests on."""
        sides = [side for each in self.criteria for side in (each.score, each.than)]
        return tuple(side for side in sides if isinstance(side, Score))

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """The task and label of each row that it rests on."""
        return tuple((score.task, score.label) for score in self.scores)


def combined(verdicts: Sequence[Verdict]) -> Verdict:
    """Returns the verdict of a claim from those of its comparisons."""
    if "disagrees" in verdicts:
        return "disagrees"
    return "agrees" if all(each == "agrees" for each in verdicts) else "not settled"
