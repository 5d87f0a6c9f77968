"""Metrics: the channels of an outcome that are measured over an episode."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Metric:
    """What one number of an episode means.

    Attributes:
        description: one phrase.
        unit: what it is counted in.
        kind: "total": the sum of what the rule wrote over the episode's steps; "first": the number
            of the step (from 1) in which the rule first wrote something else than 0, NaN if none.
    """

    description: str
    unit: str
    kind: Literal["total", "first"] = "total"

    def __str__(self) -> str:
        return f"{self.description} [{self.unit}]"


def total(description: str, unit: str) -> Metric:
    """Declares a metric that is summed over the episode."""
    return Metric(description, unit)


def first(description: str) -> Metric:
    """Declares the number of the step in which something first happened, NaN if it never did."""
    return Metric(description, "step", "first")
