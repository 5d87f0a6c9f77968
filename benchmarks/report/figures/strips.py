"""Every run as a dot: how much runs of one agent differ."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.estimates import estimate_of
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.numbers import decimals, estimated
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, metric_words, task_words, tick_margin, tick_words

SPREAD = 0.26  # of the dots of an agent, up and down


def runs(results: Results) -> Figure | None:
    """Returns a panel for each task: its performance gap, or its performance without a scale."""
    tasks = [task for task in results.tasks if results.of_task(task)]
    if not tasks:
        return None
    looks = styles(results.labels)
    rows = {task: results.of_task(task) for task in tasks}
    height = 0.95 + 0.22 * max(3, *(len(each) for each in rows.values()))
    figure = Panels(len(tasks), {}, height=height, left=tick_margin(results.labels))
    for panel, task in zip(figure.panels, tasks, strict=True):
        metric = _metric(rows[task])
        for end in (0, 1) if metric == "performance_gap" else ():
            panel.axvline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--", zorder=1)
        for k, row in enumerate(rows[task]):
            _draw_row(panel, row, metric, k, looks[row.condition.label])
        labels = [tick_words(row.condition.label) for row in rows[task]]
        panel.set_yticks(range(len(labels)), labels)
        panel.set_ylim(len(labels) - 0.4, -0.6)
        figure.name(panel, task_words(task))
        panel.set_xlabel(metric_words(metric))
        panel.grid(axis="y", visible=False)
    return figure


def _metric(rows: list[Row]) -> str:
    """Returns the gap if any run has one: where nothing can be hacked there is none."""
    known = any(np.isfinite(row.scores("performance_gap")).any() for row in rows)
    return "performance_gap" if known else "performance"


def _draw_row(panel: Axes, row: Row, metric: str, at: int, style: Style) -> None:
    scores = row.scores(metric)
    scores = np.sort(scores[np.isfinite(scores)])
    if not scores.size:
        return
    offsets = SPREAD * (np.arange(scores.size) * 0.618034 % 1 * 2 - 1) if scores.size > 1 else [0]
    dots = panel.plot(
        scores, at + np.asarray(offsets), color=style.colour, marker=style.marker, markersize=4,
        markeredgewidth=0, alpha=0.7, linestyle="none", zorder=2,
    )  # fmt: skip
    found = estimate_of(row, metric)
    middle = panel.plot(
        [found.value] * 2, [at - 0.36, at + 0.36], color=INKS["ink"].light, zorder=3
    )
    words = f"{agent_words(row.condition.label)}: {estimated(found, decimals([found.value]))}"
    tag([dots, middle], row.condition.label, words)
