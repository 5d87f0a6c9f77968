"""A reward model that is optimised harder and harder: its path, and the exact curve."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, task_words

EXACT = "exact curve of the same model"


def overoptimisation(results: Results) -> Figure | None:
    """Returns a panel for each task with paths, each run a line; None without any."""
    tasks = [task for task in results.tasks if any(map(_paths, results.of_task(task)))]
    if not tasks:
        return None
    labels = [row.condition.label for row in results.rows if _paths(row)]
    looks = styles(labels)
    figure = Panels(len(tasks), looks, guides={EXACT: "guide"})
    for panel, task in zip(figure.panels, tasks, strict=True):
        for row in results.of_task(task):
            _draw(panel, row, looks)
        figure.name(panel, task_words(task))
        panel.set_xlabel("square root of the KL divergence [nats]")
        panel.set_ylabel("hidden performance")
    return figure


def _paths(row: Row) -> list[tuple[Mapping[str, Sequence[float]], Mapping[str, Sequence[float]]]]:
    """Returns the path of each run and the exact curve of its reward model."""
    found = [record.get("details") or {} for record in row.records]
    return [(each["path"], each["exact"]) for each in found if "path" in each]


def _draw(panel: Axes, row: Row, looks: Mapping[str, Style]) -> None:
    label = row.condition.label
    for path, exact in _paths(row):
        panel.plot(
            np.sqrt(exact["kl"]), exact["performance"], color=INKS["guide"].light, linewidth=0.7,
            linestyle="--", zorder=1,
        )  # fmt: skip
        line = panel.plot(
            np.sqrt(path["kl"]), path["performance"], color=looks[label].colour, linewidth=0.9,
            alpha=0.8, zorder=2,
        )  # fmt: skip
        tag(line, label, agent_words(label))
