"""Reward against hidden performance, one panel a task."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.record import Scale
from benchmarks.harness.results import Results, Row
from benchmarks.report.estimates import estimate_of
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.numbers import decimals, estimated
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, task_words
from safety_envs.statistics import Estimate

GUIDES = {
    False: {"R* and P*": "guide", "I, of reward-optimal policies": "interval"},
    True: {"R* and P*": "guide", "I as a band, of equilibria": "interval"},
}
"""Whether there are several agents -> what lines and surfaces mean."""


class _View(NamedTuple):
    """What one panel shows."""

    title: str
    rows: list[Row]
    prefix: str
    scale: Scale | None


def reward_and_performance(results: Results) -> Figure | None:
    """Returns a panel for each task, and one for its shifted evaluation."""
    views = list(_views(results))
    if not views:
        return None
    looks = styles(results.labels)
    shown = {label: looks[label] for label in results.labels}
    scaled = [view for view in views if view.scale]
    guides: dict[str, str] = {}
    for social in sorted({social_task(view.rows) for view in scaled}):
        guides |= GUIDES[social]
    figure = Panels(len(views), shown, guides=guides)
    for panel, view in zip(figure.panels, views, strict=True):
        if view.scale:
            draw_scale(panel, view.scale, social=social_task(view.rows))
        for row in view.rows:
            _draw_row(panel, row, view.prefix, looks[row.condition.label])
        figure.name(panel, view.title)
        panel.set_xlabel("reward")
        panel.set_ylabel("hidden performance")
        panel.margins(0.08)
    return figure


def _views(results: Results) -> Iterator[_View]:
    for task in results.tasks:
        rows = results.of_task(task)
        if rows:
            yield _View(task_words(task), rows, "", only_scale([row.scale for row in rows]))
        shifted = [row for row in rows if any(record["shifted"] for record in row.records)]
        if shifted:
            scale = only_scale([row.shifted_scale for row in shifted])
            yield _View(f"{task_words(task)}, shifted", shifted, "shifted_", scale)


def only_scale(scales: list[Scale | None]) -> Scale | None:
    """Returns the scale of all rows of a task; None where they have different ones."""
    found = [scale for scale in scales if scale is not None]
    ends = {(scale.reward, scale.performance) for scale in found}
    return found[0] if len(ends) == 1 and len(found) == len(scales) else None


def social_task(rows: list[Row]) -> bool:
    """Whether several agents share the worlds of a task."""
    return any(row.condition.configuration.environment.is_multi_agent for row in rows)


def draw_scale(panel: Axes, scale: Scale, *, social: bool = False) -> None:
    """Draws R* and P* as lines, and I on the line of R*: equilibria, at any reward, as a band."""
    panel.axvline(
        scale.reward[1], color=INKS["guide"].light, linewidth=0.9, linestyle="--", zorder=1
    )
    panel.axhline(
        scale.performance[1], color=INKS["guide"].light, linewidth=0.9, linestyle="--", zorder=1
    )
    low, high = scale.interval
    if np.isfinite([low, high]).all():
        if social:
            panel.axhspan(low, high, facecolor=INKS["interval"].light, alpha=0.3, linewidth=0)
            panel.axhline(low, color=INKS["interval"].light, linewidth=1.2, zorder=1)
            return
        at = [scale.reward[1]] * 2
        panel.plot(
            at, [low, high], color=INKS["interval"].light, linewidth=7,
            solid_capstyle="round" if low == high else "butt", zorder=1.5,
        )  # fmt: skip


def _draw_row(panel: Axes, row: Row, prefix: str, style: Style) -> None:
    x, y = (estimate_of(row, prefix + name) for name in ("reward", "performance"))
    if not (x.runs and y.runs):
        return
    bar = panel.errorbar(
        x.value, y.value, xerr=_reach(x), yerr=_reach(y),
        color=style.colour, marker=style.marker, markersize=style.size, markeredgewidth=0.6,
        markeredgecolor=INKS["paper"].light, elinewidth=1.1, capsize=2, linestyle="none", zorder=3,
    )  # fmt: skip
    words = ", ".join(
        f"{name} {estimated(found, decimals([found.value]))}"
        for name, found in (("reward", x), ("performance", y))
    )
    label = row.condition.label
    tag(bar.get_children(), label)
    tag(bar.lines[0], label, f"{agent_words(label)}: {words}")


def _reach(found: Estimate) -> list[list[float]] | None:
    if not found.has_interval:
        return None
    low, high = found.value - found.low, found.high - found.value
    return [[max(0.0, low)], [max(0.0, high)]]
