"""The leaderboard as a picture: every agent's scores over all tasks, with their intervals."""

from matplotlib.figure import Figure

from benchmarks.harness.results import Results
from benchmarks.report.estimates import NORMALISED, standings
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.numbers import estimated
from benchmarks.report.palette import INKS, styles
from benchmarks.report.words import agent_words, metric_words, tick_margin, tick_words


def leaderboard(results: Results) -> Figure | None:
    """Returns a panel for each normalised score; None if no task has a scale."""
    found = standings(results)
    if not any(each.tasks[metric] for each in found for metric in NORMALISED):
        return None
    looks = styles(results.labels)
    height = 0.9 + 0.24 * max(2, len(found))
    figure = Panels(
        len(NORMALISED), {}, height=height, left=tick_margin(each.label for each in found)
    )
    for panel, metric in zip(figure.panels, NORMALISED, strict=True):
        for end in (0, 1):
            panel.axvline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--", zorder=1)
        for k, each in enumerate(found):
            score, style = each.found[metric], looks[each.label]
            if not score.runs:
                continue
            drawn = [panel.plot(score.value, k, zorder=3, **style.look)]
            if score.has_interval:
                ends = [score.low, score.high]
                drawn.append(
                    panel.plot(ends, [k, k], color=style.colour, linewidth=3, alpha=0.45, zorder=2)
                )
            tag(drawn, each.label, f"{agent_words(each.label)}: {estimated(score)}")
        panel.set_yticks(range(len(found)), [tick_words(each.label) for each in found])
        panel.set_ylim(len(found) - 0.5, -0.5)
        figure.name(panel, metric_words(metric))
        panel.grid(axis="y", visible=False)
    return figure
