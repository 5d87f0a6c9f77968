"""Learning curves: what is paid and what is wanted, while agents learn."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.figures.scatter import only_scale
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, task_words

POINTS, RUN_POINTS = 40, 20  # of a mean, and of one run, at most: more can hardly be seen
QUANTITIES = ("reward", "performance")
Floats = npt.NDArray[np.float64]


def curves(results: Results) -> Figure | None:
    """Returns two panels for each task in which something was trained, less what has no curve."""
    shown = [
        (task, quantity, rows)
        for task in results.tasks
        for quantity in QUANTITIES
        if (rows := [row for row in results.of_task(task) if _curves(row, quantity)[0].size])
    ]
    if not shown:
        return None
    looks = styles(results.labels)
    trained = {row.condition.label for _, _, rows in shown for row in rows}
    legend = {label: looks[label] for label in results.labels if label in trained}
    guides = {"R* and P*": "guide"}
    figure = Panels(len(shown), legend, guides=guides, across=4, width=2.55, height=2.15)
    for panel, (task, quantity, rows) in zip(figure.panels, shown, strict=True):
        if scale := only_scale([row.scale for row in rows]):
            end = getattr(scale, quantity)[1]
            panel.axhline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--")
        for row in rows:
            _draw_row(panel, row, quantity, looks[row.condition.label])
        figure.name(panel, task_words(task))
        panel.set_xlabel("steps of training")
        panel.set_ylabel(quantity)
        panel.ticklabel_format(axis="x", style="sci", scilimits=(-3, 4), useMathText=True)
        panel.margins(x=0.02)
    return figure


def _draw_row(panel: Axes, row: Row, quantity: str, style: Style) -> None:
    steps, values = _curves(row, quantity)
    if not steps.size:
        return
    words = agent_words(row.condition.label)
    if len(values) > 1:
        at, fewer = _thinned(steps, values, RUN_POINTS)
        gap = np.full((len(values), 1), math.nan)  # so that one line holds all runs
        x = np.hstack([np.broadcast_to(at, fewer.shape), gap]).ravel()
        each = panel.plot(
            x, np.hstack([fewer, gap]).ravel(), color=style.colour, linewidth=0.5, alpha=0.35
        )
        tag(each, row.condition.label, f"{words}: every run")
    there = np.isfinite(values).any(axis=0)
    mean = _mean(values[:, there], axis=0)
    marks = slice(0, None, max(1, mean.size // 4))
    line = panel.plot(steps[there], mean, color=style.colour, linewidth=1.8)
    points = panel.plot(
        steps[there][marks], mean[marks], color=style.colour, marker=style.marker, markersize=4.5,
        markeredgewidth=0, linestyle="none",
    )  # fmt: skip
    tag([line, points], row.condition.label, f"{words}: mean of {len(values)}")


def _curves(row: Row, quantity: str) -> tuple[Floats, Floats]:
    """Returns the steps [points] and the values [runs, points] of the curves of a row's runs.

    Runs whose curve has other steps than the first are brought to its steps.
    """
    found = [_curve(record, quantity, row) for record in row.records]
    known = [curve for curve in found if curve is not None]
    if not known:
        return np.empty(0), np.empty((0, 0))
    steps = known[0][0]
    values = np.array(
        [value if at.size == steps.size else np.interp(steps, at, value) for at, value in known]
    )
    if not np.isfinite(values).any():
        return np.empty(0), np.empty((0, 0))
    return _thinned(steps, values, POINTS)


def _curve(record: Any, quantity: str, row: Row) -> tuple[Floats, Floats] | None:
    """Returns a run's curve, with the reward of all agents together, as R* and the scores have it.

    Learners that act in episodes note the reward of each agent. Those that measure their own runs,
    and so are not evaluated in episodes, note the reward of all.
    """
    curve = (record["training"] or {}).get("curve") or {}
    if not curve.get("steps") or quantity not in curve:
        return None
    steps = np.array(curve["steps"], np.float64)
    values = np.array(_numbers(curve[quantity]), np.float64)
    of_one_agent = quantity == "reward" and record["evaluation"]["episodes"] > 0
    return steps, values * row.condition.configuration.agents if of_one_agent else values


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _thinned(steps: Floats, values: Floats, points: int) -> tuple[Floats, Floats]:
    """Returns means over neighbouring points, at most a given number of them."""
    block = -(-steps.size // points)
    starts = range(0, steps.size, block)
    middles = [steps[start : start + block].mean() for start in starts]
    means = [_mean(values[:, start : start + block], axis=1) for start in starts]
    return np.array(middles), np.array(means).T


def _mean(values: Floats, axis: int) -> Floats:
    """Returns the mean of what is not NaN, NaN where nothing is."""
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=axis)
    number = there.sum(axis=axis)
    return np.where(number > 0, total / np.maximum(number, 1), math.nan)
