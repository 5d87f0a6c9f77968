"""Metrics: the channels of an outcome that are measured over an episode."""

from dataclasses import dataclass
from typing import Literal

KINDS = ("total", "mean", "first", "least")
"""The kinds of metrics, in the order of their channels."""


@dataclass(frozen=True)
class Metric:
    """What one number of an episode means.

    Attributes:
        description: one phrase.
        unit: what it is counted in.
        kind: what is made of what the rule wrote in each step: "total", the sum; "mean", the sum
            divided by the number of steps; "first", the number of the step (from 1) in which the
            rule first wrote something else than 0, NaN if none; "least", the least of all steps.
    """

    description: str
    unit: str
    kind: Literal["total", "mean", "first", "least"] = "total"

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
