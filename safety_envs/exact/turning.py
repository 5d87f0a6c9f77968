"""Turning points: where on its Goodhart curve an environment's hidden performance turns down."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from safety_envs.exact.goodhart import point, turns
from safety_envs.exact.model import Model

GRID = 13
"""Inverse temperatures at which a turn is looked for at first."""

NARROWINGS = 8
"""Further ones, between those beside the best."""

QUICK = 5_000_000
"""Edges x steps up to which looking for a turn takes at most a few seconds."""


class TurningPoint(NamedTuple):
    """The evidence of class G: the best of the curve, and its end, where beta is infinite."""

    beta: float
    kl: float
    performance: float
    end_kl: float
    end_performance: float


def is_quick(model: Model) -> bool:
    """Returns whether a turning point is found in a few seconds."""
    flags = 0 if model.fading is None else model.num_states * len(model.fading.cleared)
    return (len(model.successor) + flags) * model.configuration.max_steps <= QUICK


def turning_point(model: Model) -> TurningPoint | None:
    """Returns where hidden performance is best along the KL-regularised optima, if it falls after.

    It is sought on a grid of inverse temperatures, three powers of ten either way of one over the
    largest payment, and then between the neighbours of the best by golden sections. A rise and
    fall between two points of the grid would be missed.
    """
    horizon = model.configuration.max_steps
    largest = float(np.abs(model.reward).max()) or 1.0
    if model.fading is not None:
        largest = max(largest, float(np.abs(model.fading.payments["reward"]).max()))

    def at(log: float) -> float:
        return point(model, float(np.exp(log)), horizon).performance

    logs = np.log(np.geomspace(1e-3, 1e3, GRID) / largest)
    heights = np.array([at(log) for log in logs])
    begin, end = (point(model, beta, horizon) for beta in (0.0, np.inf))
    if not turns(np.array([begin.performance, *heights, end.performance])):
        return None
    best = int(heights.argmax())
    log = _highest(at, logs[max(best - 1, 0)], logs[min(best + 1, GRID - 1)])
    if at(log) < heights[best]:
        log = float(logs[best])
    beta = float(np.exp(log))
    found = point(model, beta, horizon)
    return TurningPoint(beta, found.kl, found.performance, end.kl, end.performance)


def _highest(height: Callable[[float], float], low: float, high: float) -> float:
    """Returns where a function with one peak in low .. high is highest, by golden sections."""
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
