"""The pictures of the cooperation studies: learning curves, from records alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from benchmarks.studies import Study
from safety_envs.applications import atomic_file

CURVES = {
    "performance": "together, an episode",
    "sustainability": "S: mean step of gains",
    "equality": "E: equality",
    "peace": "P: agents at large",
}
COLOURS = ("#e27e34", "#cb433e", "#3a6fc4", "#44986a", "#96999f", "#805ca8", "#222630")
WIDE = 5  # where curves differ by more than this factor the scale is logarithmic


def draw(study: Study, records: Sequence[dict[str, Any]], path: Path) -> bool:
    """Draws the curves of training, one panel a metric; returns whether there was anything."""
    records = [record for record in records if record["curve"]]
    known = records[0]["curve"] if records else {}
    shown = [name for name in CURVES if name in study.shown and name in known]
    if len(shown) < 2:
        return False
    figure, panels = pyplot.subplots(1, len(shown), figsize=(3.6 * len(shown), 3.4), squeeze=False)
    for panel, name in zip(panels[0], shown, strict=True):
        arms = [arm for arm in study.arms if arm.policy is None]
        for arm, colour in zip(arms, COLOURS[: len(arms)], strict=True):
            curves = np.array(
                [record["curve"][name] for record in records if record["arm"] == arm.name],
                np.float64,
            )
            steps = records[0]["training"]["steps"]
            when = (np.arange(curves.shape[1]) + 0.5) * steps / curves.shape[1] / 1000
            there = ~np.isnan(curves).all(axis=0)
            middle = np.nanmean(curves[:, there], axis=0)
            panel.plot(when[there], middle, color=colour, label=arm.name)
            low, high = np.nanmin(curves[:, there], axis=0), np.nanmax(curves[:, there], axis=0)
            panel.fill_between(when[there], low, high, color=colour, alpha=0.15, linewidth=0)
        heights = np.concatenate([line.get_ydata() for line in panel.get_lines()])
        if 1 <= heights.min() < heights.max() / WIDE:
            panel.set_yscale("log")
        panel.set_title(CURVES[name], fontsize=10)
        panel.set_xlabel("training [1000 steps of agents]")
        panel.grid(color="#f0f0f0")
    panels[0][0].legend(fontsize=8)
    figure.tight_layout()
    with atomic_file(path) as unfinished:
        figure.savefig(unfinished, dpi=100)
    pyplot.close(figure)
    return True
