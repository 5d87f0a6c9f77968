"""Metrics: what is measured over an episode, of the world and of each agent."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

CHANNEL_KINDS = ("total", "mean", "first", "least")
"""The kinds of metrics that a rule writes once a step, in the order of their channels."""

Floats = npt.NDArray[np.float64]

NOT_YET = -1.0
"""What an info says of a metric that is not defined yet: a number that equals itself."""


class Tally(NamedTuple):
    """What has been counted in N running episodes, from which derived metrics follow."""

    steps: npt.NDArray[np.int32]  # [N] steps since the reset
    returns: Floats  # [N, agents] rewards
    gains: Floats  # [N, agents] steps in which the agent's reward was above 0
    gain_times: Floats  # [N, agents] sum of the numbers of those steps, from 1
    totals: Mapping[str, Floats]  # name -> [N] metrics of the world
    per_agent: Mapping[str, Floats]  # name -> [N, agents] metrics of each agent


@dataclass(frozen=True)
class Metric:
    """The meaning of one number of an episode.

    Attributes:
        description: one phrase.
        unit: what it is counted in.
        kind: what is made of what the rule wrote in each step: "total", the sum; "mean", the sum
            divided by the number of steps; "first", the number of the step (from 1) in which the
            rule first wrote something other than 0, NaN if none; "least", the least of all steps;
            "per_agent", a sum for each agent, whose sum is the world's; "derived", nothing is
            written, it follows from what else was counted.
        of: for "derived": a tally of N episodes -> its values [N].
        may_be_undefined: whether there are episodes that have no such number: it is NaN in tables
            and records then, and `NOT_YET` in infos. So are a "first" and a "least" before they
            come.
    """

    description: str
    unit: str
    kind: Literal["total", "mean", "first", "least", "per_agent", "derived"] = "total"
    of: Callable[[Tally], Floats] | None = None
    may_be_undefined: bool = False

    def __post_init__(self) -> None:
        if (self.kind == "derived") != (self.of is not None):
            raise ValueError("a derived metric, and no other, says what it is derived `of`")
        if self.kind in ("first", "least"):
            object.__setattr__(self, "may_be_undefined", True)

    def from_info(self, value: float) -> float:
        """Returns what an info's number means: NaN where it stands for "not defined yet"."""
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
    """Declares the number of the step in which something first happened, NaN if it never did."""
    return Metric(description, "step", "first")


def least(description: str, unit: str) -> Metric:
    """Declares the least of what was written in any step."""
    return Metric(description, unit, "least")


def per_agent(description: str, unit: str) -> Metric:
    """Declares a metric that is summed over the episode for each agent."""
    return Metric(description, unit, "per_agent")


def derived(
    description: str,
    unit: str,
    of: Callable[[Tally], Floats],
    *,
    may_be_undefined: bool = False,
) -> Metric:
    """Declares a metric that follows from a tally, so that no rule writes it."""
    return Metric(description, unit, "derived", of, may_be_undefined)
