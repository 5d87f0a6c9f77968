"""Overseers that get worse: what a myopic learner with their approval attains."""

from collections.abc import Mapping, Sequence
from itertools import cycle

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.estimates import estimate_of
from benchmarks.report.figures.panels import Panels
from benchmarks.report.palette import HUES, INKS, MARKERS, Style
from benchmarks.report.words import task_words

KINDS = {"noisy": "the overseer's noise", "short_sighted": "the overseer's sight"}
"""Overseer -> title of its panel."""
METRIC = "normalised_performance"


def overseers(results: Results) -> Figure | None:
    """Returns a panel for noise and one for sight, with a line for each task; None without any."""
    rows = {kind: _rows(results, kind) for kind in KINDS}
    if not any(rows.values()):
        return None
    looks = {
        task: Style(hue, marker)
        for task, hue, marker in zip(results.tasks, cycle(HUES), cycle(MARKERS), strict=False)
    }
    names = {task_words(task).split(",")[0]: look.hue for task, look in looks.items()}
    figure = Panels(len(KINDS), {}, guides={**names, "random, P*": "guide"})
    for panel, (kind, title) in zip(figure.panels, KINDS.items(), strict=True):
        for end in (0, 1):
            panel.axhline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--")
        for task, look in looks.items():
            _draw(panel, [row for row in rows[kind] if row.condition.task == task], look)
        figure.name(panel, title)
        panel.set_xscale("log")
        panel.set_ylabel("normalised performance")
    figure.panels[0].set_xlabel("error, as a share of what there is to gain")
    figure.panels[1].set_xlabel("steps that it sees ahead")
    return figure


def amount_of(row: Row) -> float:
    """Returns how noisy, as a share of what there is to gain, or how far-sighted an overseer is."""
    settings = _approval(row)
    if settings["overseer"] != "noisy" or row.scale is None:
        return float(settings["amount"])
    random, best = row.scale.performance
    return float(settings["amount"]) / (best - random)


def _rows(results: Results, kind: str) -> list[Row]:
    found = [row for row in results.rows if row.records and _approval(row).get("overseer") == kind]
    return sorted(found, key=amount_of)


def _approval(row: Row) -> Mapping[str, float | str]:
    found: Mapping[str, float | str] = row.condition.training.get("method_settings", {})
    return found


def _draw(panel: Axes, rows: Sequence[Row], look: Style) -> None:
    found = [estimate_of(row, METRIC) for row in rows]
    at = [amount_of(row) for row in rows]
    panel.plot(at, [each.value for each in found], linewidth=1.2, **look.look)
    panel.vlines(at, [each.low for each in found], [each.high for each in found],
                 color=look.colour, linewidth=1.0)  # fmt: skip
