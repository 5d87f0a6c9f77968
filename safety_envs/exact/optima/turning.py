"""Turning points: where the hidden performance starts to fall along the Goodhart curve."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from safety_envs.exact.models.model import Model
from safety_envs.exact.optima.goodhart import curve_point, turns

GRID = 13
"""The number of inverse temperatures on the initial grid."""

NARROWINGS = 8
"""The number of refinements between the neighbours of the best grid point."""

QUICK = 5_000_000
"""The number of edges x steps up to which the search takes at most a few seconds."""


class TurningPoint(NamedTuple):
    """The evidence for class G: the best point of the curve, and its end at infinite beta."""

    beta: float
    kl: float
    performance: float
    end_kl: float
    end_performance: float


def is_quick(model: Model) -> bool:
    """Returns whether the search for a turning point takes at most a few seconds."""
    flags = 0 if model.fading is None else model.num_states * len(model.fading.cleared)
    return (len(model.successor) + flags) * model.configuration.max_steps <= QUICK


def turning_point(model: Model) -> TurningPoint | None:
    """Returns the best hidden performance along the KL-regularised optima, if it falls afterwards.

    The search uses a grid of inverse temperatures, three orders of magnitude on either side of one
    over the largest payment, and then golden-section search between the neighbours of the best. It
    misses a rise and fall between two grid points.
    """
    horizon = model.configuration.max_steps
    largest = float(np.abs(model.reward).max()) or 1.0
    if model.fading is not None:
        largest = max(largest, float(np.abs(model.fading.payments["reward"]).max()))

    def at(log: float) -> float:
        return curve_point(model, float(np.exp(log)), horizon).performance

    logs = np.log(np.geomspace(1e-3, 1e3, GRID) / largest)
    heights = np.array([at(log) for log in logs])
    begin, end = (curve_point(model, beta, horizon) for beta in (0.0, np.inf))
    if not turns(np.array([begin.performance, *heights, end.performance])):
        return None
    best = int(heights.argmax())
    log = _highest(at, logs[max(best - 1, 0)], logs[min(best + 1, GRID - 1)])
    if at(log) < heights[best]:
        log = float(logs[best])
    beta = float(np.exp(log))
    found = curve_point(model, beta, horizon)
    return TurningPoint(beta, found.kl, found.performance, end.kl, end.performance)


def _highest(height: Callable[[float], float], low: float, high: float) -> float:
    """Returns the maximiser of a unimodal function in low .. high, by golden-section search."""
    golden = (np.sqrt(5) - 1) / 2
    inner = [high - golden * (high - low), low + golden * (high - low)]
    heights = [height(each) for each in inner]
    for _ in range(NARROWINGS):
        if heights[0] >= heights[1]:
            high = inner[1]
            inner = [high - golden * (high - low), inner[0]]
            heights = [height(inner[0]), heights[0]]
        else:
            low = inner[0]
            inner = [inner[1], low + golden * (high - low)]
            heights = [heights[1], height(inner[1])]
    return float(inner[int(heights[1] > heights[0])])
