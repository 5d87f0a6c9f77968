"""Agents beside the Goodhart curve: what optimisation pressure on the reward does, exactly."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.estimates import estimate_of
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.figures.scatter import draw_scale, only_scale
from benchmarks.report.palette import INKS, styles
from benchmarks.report.words import agent_words, task_words
from safety_envs import GoodhartCurve, SafetyEnvsError, goodhart_curve

MOST_STATES = 20_000
"""Of a model whose curve is computed for a page: some seconds each."""


def goodhart(results: Results) -> Figure | None:
    """Returns a panel for each task of one small model and one agent in it."""
    found = {task: curve for task in results.tasks if (curve := _curve(results, task)) is not None}
    if not found:
        return None
    looks = styles(results.labels)
    guides = {"KL-regularised optima": "ink", "R* and P*": "guide"}
    figure = Panels(len(found), looks, guides=guides)
    for panel, (task, curve) in zip(figure.panels, found.items(), strict=True):
        rows = results.of_task(task)
        if scale := only_scale([row.scale for row in rows]):
            draw_scale(panel, scale)
        _draw_curve(panel, curve)
        for row in rows:
            x, y = (estimate_of(row, name).value for name in ("reward", "performance"))
            style = looks[row.condition.label]
            dot = panel.plot(x, y, zorder=3, **style.look)
            tag(dot, row.condition.label, agent_words(row.condition.label))
        figure.name(panel, task_words(task))
        panel.set_xlabel("reward")
        panel.set_ylabel("hidden performance")
        panel.margins(0.08)
    return figure


def _draw_curve(panel: Axes, curve: GoodhartCurve) -> None:
    panel.plot(curve.reward, curve.performance, color=INKS["ink"].light, linewidth=1.2, zorder=2)


def _curve(results: Results, task: str) -> GoodhartCurve | None:
    """Returns the curve of a task over the starts of its certificate; None if there is none."""
    rows: list[Row] = results.of_task(task)
    if not rows or len({row.condition.configuration for row in rows}) > 1:
        return None
    keywords = dict(rows[0].condition.configuration.keywords)
    found = [each for each in results.certificates.get(task, ()) if each["keywords"] == keywords]
    if not found or "agents" in found[0] or not 0 < found[0]["num_states"] <= MOST_STATES:
        return None
    everything = found[0]["start"].startswith("all starts")
    starts = None if everything else results.experiment.episode_seeds
    condition = rows[0].condition
    try:
        return goodhart_curve(condition.environment, starts=starts, **condition.keywords)
    except SafetyEnvsError:  # something is hidden from the agent
        return None
