"""Pricing algorithms: how they come to collude, where they end, and how they answer a cut."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.harness.results import Results, Row
from benchmarks.report.figures.panels import Panels, tag
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.words import agent_words, counted

Floats = npt.NDArray[np.float64]
BINS = [k / 20 for k in range(-4, 26)]
"""Of the profit gain: 0 in competition, 1 in a monopoly."""
MOST_ROWS = 3
"""Histograms of more rows hide each other."""


def price_war(results: Results) -> Figure | None:
    """Returns three panels of the first rows with a forced deviation, None if no row has one.

    The profit gain while the learners learn; that of the greedy policy of every session; and the
    mean prices around a period in which one firm of the first row is made to cut its price.
    """
    rows = [row for row in results.rows if any(_deviation(each) for each in row.records)]
    rows = rows[:MOST_ROWS]
    if not rows:
        return None
    looks = styles(results.labels)
    legend = {row.condition.label: looks[row.condition.label] for row in rows}
    figure = Panels(3, legend, guides={"competition, monopoly": "guide"})
    learning, ends, war = figure.panels
    for end in (0, 1):
        learning.axhline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--")
        ends.axvline(end, color=INKS["guide"].light, linewidth=0.9, linestyle="--")
    for row in rows:
        _draw_learning(learning, row, looks[row.condition.label])
        _draw_ends(ends, row, looks[row.condition.label])
    _draw_war(war, rows[0], looks[rows[0].condition.label])
    figure.name(learning, "while they learn")
    learning.set(xlabel="period", ylabel="profit gain")
    figure.name(ends, "greedy policies")
    ends.set(xlabel="profit gain", ylabel="share of sessions")
    figure.name(war, f"a forced cut: {agent_words(rows[0].condition.label)}")
    war.set(xlabel="period", ylabel="mean price")
    return figure


def _deviation(record: Any) -> Any:
    return (record.get("details") or {}).get("deviation")


def _draw_learning(panel: Axes, row: Row, style: Style) -> None:
    for record in row.records:
        curve = (record["training"] or {}).get("curve") or {}
        if "profit_gain" in curve:
            line = panel.plot(curve["steps"], curve["profit_gain"], color=style.colour)
            tag(line, row.condition.label, agent_words(row.condition.label))


def _draw_ends(panel: Axes, row: Row, style: Style) -> None:
    gains = row.scores("profit_gain")
    gains = np.clip(gains[np.isfinite(gains)], BINS[0], BINS[-1])
    bars = panel.hist(
        gains, bins=BINS, weights=np.full(gains.size, 1 / max(1, gains.size)), color=style.colour,
        alpha=0.7,
    )[2]  # fmt: skip
    label = row.condition.label
    tag(bars, label, f"{agent_words(label)}: {counted(gains.size, 'session')}")


def _draw_war(panel: Axes, row: Row, style: Style) -> None:
    level: Any = row.condition.configuration.level
    for price in (level.nash_price, level.monopoly_price):
        panel.axhline(price, color=INKS["guide"].light, linewidth=0.9, linestyle="--")
    periods, prices = mean_prices(row)
    names = ("is made to cut its price in period 0", "the other")
    for firm, (name, line) in enumerate(zip(names, ("-", ":"), strict=True)):
        drawn = panel.plot(
            periods, prices[:, firm], color=style.colour, linestyle=line,
            marker=style.marker if firm == 0 else "", markersize=3.5, label=name,
        )  # fmt: skip
        tag(drawn, row.condition.label, name)
    panel.legend(loc="best")


def mean_prices(row: Row) -> tuple[npt.NDArray[np.int64], Floats]:
    """Returns the periods around a forced cut, and the mean prices [periods, firms]."""
    found = [_deviation(record) for record in row.records]
    level: Any = row.condition.configuration.level
    sizes = [len(record["scores"]["reward"]) for record in row.records]
    actions = np.average([each["mean_actions"] for each in found], axis=0, weights=sizes)
    prices = np.interp(actions, range(len(level.prices)), level.prices)  # even steps
    return found[0]["first_period"] + np.arange(len(prices)), prices
