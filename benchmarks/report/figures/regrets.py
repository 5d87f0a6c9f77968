"""Every run by its two regrets in the test: to the intended optimum and to the proxy's."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.experiments.misgeneralisation import HIGH, LOW
from benchmarks.harness.results import Results, Row
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, counted, task_words

REGRETS = ("shifted_normalised_reward", "shifted_normalised_performance")
"""What is short of 1 by the regret to the proxy's optimum, and to the intended one."""
MARGIN = 0.15


def regrets(results: Results) -> Figure | None:
    """Returns a panel for each task; None if no task has a scale of its shifted evaluation.

    The corner of a wrong goal is shaded: a low regret to the proxy and a high one to the goal.
    """
    tasks = {
        task: rows
        for task in results.tasks
        if (rows := [row for row in results.of_task(task) if row.shifted_scale])
    }
    if not tasks:
        return None
    looks = styles(results.labels)
    shown = {row.condition.label for rows in tasks.values() for row in rows}
    legend = {label: looks[label] for label in results.labels if label in shown}
    figure = Panels(len(tasks), legend, guides={"wrong goal": "interval"})
    for panel, (task, rows) in zip(figure.panels, tasks.items(), strict=True):
        for row in rows:
            _draw_row(panel, row, looks[row.condition.label])
        left, right = panel.get_xlim()
        bottom, top = panel.get_ylim()
        right, top = max(right, 1 + MARGIN), max(top, 1 + MARGIN)
        panel.fill_between([left, LOW], HIGH, top, color=INKS["interval"].light, alpha=0.35, lw=0)
        panel.set(xlim=(left, right), ylim=(bottom, top))
        figure.name(panel, task_words(task))
        panel.set_xlabel("regret to the proxy's optimum")
        panel.set_ylabel("regret to the intended optimum")
    return figure


def _draw_row(panel: Axes, row: Row, style: Style) -> None:
    proxy, intended = (1 - row.scores(name) for name in REGRETS)
    there = np.isfinite(proxy) & np.isfinite(intended)
    marks = panel.plot(
        proxy[there], intended[there], color=style.colour, marker=style.marker, markersize=5,
        markeredgewidth=0, alpha=0.6, linestyle="none", zorder=3,
    )  # fmt: skip
    label = row.condition.label
    tag(marks, label, f"{agent_words(label)}: {counted(int(there.sum()), 'run')}")
