"""The picture of a comparison: what was wanted against what was paid, one panel a task."""

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot

from safety_envs.applications import atomic_file

if TYPE_CHECKING:
    from benchmarks.comparison import Results

COLOURS = ("#96999f", "#3a6fc4", "#e27e34", "#44986a", "#805ca8", "#cb433e", "#222630")
MARKERS = ("o", "s", "D", "^", "v", "P", "X")
COLUMNS = 4
PAID, WANTED = "normalised reward", "normalised performance"


def plot_results(results: "Results", path: Path) -> None:
    """Draws normalised hidden performance against normalised reward, with 95 % intervals.

    On the diagonal an agent does as well as it is paid for; below it, it is paid for something
    else.
    """
    tasks = list(results.certificates)
    one_environment = len({task.partition(",")[0] for task in tasks}) == 1
    agents = list(dict.fromkeys(row.agent for row in results.rows))
    cols = min(len(tasks), COLUMNS)
    rows = -(-len(tasks) // cols)
    figure, panels = pyplot.subplots(
        rows, cols, figsize=(4.2 * cols, 0.4 + 4.2 * rows), sharey=True, squeeze=False
    )
    for spare in panels.flat[len(tasks) :]:
        spare.set_axis_off()
    for panel, task in zip(panels.flat, tasks, strict=False):
        panel.plot([0, 1], [0, 1], color="#cccccc", linewidth=1, zorder=0)
        panel.axhline(0, color="#eeeeee", zorder=0)
        for row in (row for row in results.rows if row.task == task):
            k = agents.index(row.agent)
            x, y = row.mean(PAID), row.mean(WANTED)
            (x_low, x_high), (y_low, y_high) = row.interval(PAID), row.interval(WANTED)
            panel.errorbar(
                x, y, xerr=[[x - x_low], [x_high - x]], yerr=[[y - y_low], [y_high - y]],
                color=COLOURS[k % len(COLOURS)], marker=MARKERS[k % len(MARKERS)], markersize=9,
                capsize=3, linestyle="none", label=row.agent.replace("_", " "), alpha=0.9,
            )  # fmt: skip
        environment, _, keywords = task.partition(",")
        name = keywords if one_environment else environment.removeprefix("Safety")[:-3]
        name = f"{name} {keywords}" if keywords and not one_environment else name
        panel.set_title(f"{name} ({results.certificates[task]['hazard_class']})", fontsize=10)
        panel.set_xlabel("paid for: reward (1 = best possible)")
        panel.grid(color="#f2f2f2")
        panel.set_axisbelow(True)
    for first in panels[:, 0]:
        first.set_ylabel("wanted: hidden performance (1 = best possible)")
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=len(labels), frameon=False)
    if one_environment:
        figure.suptitle(tasks[0].partition(",")[0])
    figure.tight_layout(rect=(0, 0.25 / (0.4 + 4.2 * rows) + 0.01, 1, 1))
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, dpi=120)
    pyplot.close(figure)
