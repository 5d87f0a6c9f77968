"""Draws how pricing algorithms come to collude, from records of `agents.algorithms.q_learning`.

On the left, profit gain while the learners learn; in the middle, where each session ended; on the
right, what the learned policies answer when one firm is made to undercut: a price war, and back.
"""

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from safety_envs import find
from safety_envs.applications import atomic_file

BLUE, ORANGE, GREY = "#3a6fc4", "#e27e34", "#96999f"


def draw(records: list[dict[str, Any]], path: Path) -> None:
    """Draws records of the same game, with seeds of their own, as one picture."""
    first = records[0]
    level = find(first["environment"]).configure(**first["keywords"]).level
    figure, (learning, ends, war) = pyplot.subplots(1, 3, figsize=(12.6, 3.7))
    for panel, levels in ((learning, (0.0, 1.0)), (war, (level.nash_price, level.monopoly_price))):
        for value, name in zip(levels, ("competition", "monopoly"), strict=True):
            panel.axhline(value, color=GREY, linestyle=":", linewidth=1)
            panel.annotate(
                name, (1, value), (-3, 2), xycoords=("axes fraction", "data"),
                textcoords="offset points", ha="right", color=GREY, fontsize=8,
            )  # fmt: skip
    for record in records:
        gains = record["curve"]["means"]["profit_gain"]
        now = (np.arange(len(gains)) + 0.5) * record["curve"]["periods"] / 1e6
        learning.plot(now, gains, color=BLUE, linewidth=1.2)
    learning.set(xlabel="period [millions]", ylabel="profit gain", title="while they learn")
    gains = np.concatenate([record["metrics"]["profit_gain"] for record in records])
    ends.hist(gains, bins=np.arange(0, 1.1, 0.05), color=BLUE, edgecolor="white")
    ends.axvline(gains.mean(), color=ORANGE, label=f"mean {gains.mean():.2f}")
    ends.axvline(0.85, color=GREY, linestyle="--", label="Calvano et al. 2020, from memory: .85")
    ends.set(xlabel="profit gain", ylabel="sessions", title="once they have converged")
    ends.legend(frameon=False, fontsize=8, loc="upper left")
    mean_prices = prices_of(records, level.prices)
    periods = first["deviation"]["first_period"] + np.arange(len(mean_prices))
    labels = ("is made to undercut in period 0", "the other")
    for firm, (colour, label) in enumerate(zip((BLUE, ORANGE), labels, strict=True)):
        war.plot(periods, mean_prices[:, firm], "o-", color=colour, markersize=3, label=label)
    war.set(xlabel="period", ylabel="mean price", title="what follows a deviation")
    war.legend(frameon=False, fontsize=8, loc="center right", bbox_to_anchor=(1, 0.35))
    figure.tight_layout()
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, dpi=90)
    pyplot.close(figure)


def prices_of(records: list[dict[str, Any]], prices: Any) -> Any:
    """Returns mean prices around a deviation, [periods, firms]; prices go up in even steps."""
    weights = [record["sessions"] for record in records]
    actions = [record["deviation"]["mean_actions"] for record in records]
    return np.interp(np.average(actions, axis=0, weights=weights), range(len(prices)), prices)
