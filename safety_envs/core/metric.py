"""Metrics of an episode, of the world and of each agent."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

CHANNEL_KINDS = ("total", "mean", "first", "least")
"""The kinds of metrics that a rule writes once a step, in the order of their channels."""

Floats = npt.NDArray[np.float64]
"""An array of numbers, float64."""

NOT_YET = -1.0
"""The value in infos of a metric that is not defined yet. Unlike NaN it is equal to itself."""


class Tally(NamedTuple):
    """The counts of N running episodes, from which derived metrics are computed.

    They may have no steps yet: divide by `np.maximum(tally.steps, 1)`.
    """

    steps: npt.NDArray[np.int32]  # [N] steps since the reset
    returns: Floats  # [N, agents] rewards
    gains: Floats  # [N, agents] steps in which the agent's reward was above 0
    gain_times: Floats  # [N, agents] sum of the numbers of those steps, from 1
    totals: Mapping[str, Floats]  # name -> [N] metrics of the world
    per_agent: Mapping[str, Floats]  # name -> [N, agents] metrics of each agent


@dataclass(frozen=True)
class Metric:
    """A metric: what a number of an episode means, and how it is computed.

    Attributes:
        description: one phrase.
        unit: the unit.
        kind: how the values that the rule writes in each step are combined. "total": their sum.
            "mean": the sum divided by the number of steps. "first": the number of the step (from 1)
            in which the rule first wrote a nonzero value, NaN if none. "least": the minimum over
            all steps. "per_agent": a sum for each agent; the world's value is the sum over agents.
            "derived": the rule writes nothing; the metric is computed from the tally.
        of: for "derived": a tally of N episodes, perhaps without a step -> values [N].
        may_be_undefined: whether the metric can be undefined. It is then NaN in tables and run
            records, and `NOT_YET` in infos. "first" and "least" are undefined before the rule
            writes a value.
    """

    description: str
    unit: str
    kind: Literal["total", "mean", "first", "least", "per_agent", "derived"] = "total"
    of: Callable[[Tally], Floats] | None = None
    may_be_undefined: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "derived") != (self.of is not None):
            raise ValueError("give `of` for a derived metric, and for no other")
        if self.kind in ("first", "least"):
            object.__setattr__(self, "may_be_undefined", True)

    def from_info(self, value: float) -> float:
        """Converts a value of an info: NaN if the metric is not defined yet."""
        return math.nan if self.may_be_undefined and value == NOT_YET else value

    def __str__(self) -> str:
        return f"{self.description} [{self.unit}]"


def total(description: str, unit: str) -> Metric:
    """Declares a metric that is summed over the episode."""
    return Metric(description, unit)


def mean(description: str, unit: str) -> Metric:
    """Declares a metric that is averaged over the episode's steps."""
    return Metric(description, unit, "mean")


def first(description: str) -> Metric:
    """Declares the number of the step in which an event first happens; NaN if it never does."""
    return Metric(description, "step", "first")


def least(description: str, unit: str) -> Metric:
    """Declares the minimum of the values written in any step."""
    return Metric(description, unit, "least")


def per_agent(description: str, unit: str) -> Metric:
    """Declares a metric that is summed over the episode separately for each agent."""
    return Metric(description, unit, "per_agent")


def derived(
    description: str,
    unit: str,
    of: Callable[[Tally], Floats],
    *,
    may_be_undefined: bool = False,
) -> Metric:
    """Declares a metric that is computed from a tally; rules do not write it."""
    return Metric(description, unit, "derived", of, may_be_undefined)
