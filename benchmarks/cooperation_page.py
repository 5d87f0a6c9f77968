"""The page of the cooperation studies and their pictures, from records alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from benchmarks.records import versions_of
from benchmarks.studies import Study
from safety_envs import SafetyEnvsError, certify, find, whole_file, write_atomically
from safety_envs.metrics import bootstrap_interval, iqm

CURVES = {
    "performance": "together, an episode",
    "sustainability": "S: mean step of gains",
    "equality": "E: equality",
    "peace": "P: agents at large",
}
COLOURS = ("#e27e34", "#cb433e", "#3a6fc4", "#44986a", "#96999f", "#805ca8", "#222630")
WIDE = 5  # where curves differ by more than this factor the scale is logarithmic
Records = Sequence[dict[str, Any]]


def write_page(studies: Sequence[Study], records: Records, path: Path) -> None:
    """Writes the page as Markdown, and a picture for every study with a learning curve."""
    lines = [
        "# What learners make of cooperation",
        "",
        "PPO, parameters shared among the agents unless it says independent. Figures are "
        "interquartile means over the runs with 95 % bootstrap intervals; every run is judged on "
        "the same held-out episodes. `performance` is the hidden performance, what all have "
        "together unless the environment says otherwise. Made by `make cooperation`.",
        "",
    ]
    lines += ["| study | published | source | here |", "|---|---|---|---|"]
    for study in studies:
        mine = [record for record in records if record["study"] == study.name]
        lines.append(
            f"| {study.name} | {study.published} | {study.source} | {_verdict(study, mine)} |"
        )
    lines += ["", "More games, and learners that are not PPO: [games.md](games.md).", ""]
    for study in studies:
        mine = [record for record in records if record["study"] == study.name]
        lines += _section(study, mine)
        picture = path.with_name(f"{study.name}.png")
        if _draw(study, mine, picture):
            lines += [f"![{study.title}]({picture.name})", ""]
    lines += ["## Where it comes from", "", "- command: `make cooperation`"]
    lines += [f"- {name} {versions}" for name, versions in versions_of(records).items()]
    write_atomically(path, "\n".join(lines) + "\n")


def _section(study: Study, records: Records) -> list[str]:
    verdict = _verdict(study, records)
    keywords = "".join(f", {name}={value}" for name, value in study.keywords.items())
    seeds = len({record["seed"] for record in records})
    steps = records[0]["training"]["steps"]
    names = " | ".join(name.replace("_", " ") for name in study.shown)
    lines = [
        f"## {study.title}",
        "",
        f"{study.environment}{keywords}; {seeds} {'runs' if seeds > 1 else 'run'} of about "
        f"{steps:,} steps of agents.",
        "",
        f"| arm | {names} |",
        "|---" * (1 + len(study.shown)) + "|",
    ]
    for arm in study.arms:
        cells = " | ".join(_cell(records, arm.name, name) for name in study.shown)
        lines.append(f"| {arm.name} | {cells} |")
    metrics = find(study.environment).metrics
    units = "; ".join(
        f"{name.replace('_', ' ')}: {metrics[name]}" for name in study.shown if name in metrics
    )
    lines += ["", f"({units}.)", ""]
    lines += [f"Published ({study.source}): {study.published}. Here: {study.sign}: {verdict}.", ""]
    lines += _exact(study)
    return lines + ([study.remark, ""] if study.remark else [])


def _verdict(study: Study, records: Records) -> str:
    """Returns whether the records show what was published, and whether it is beyond chance."""
    if not study.agrees(_means(study, records)):
        return "**no**"
    if study.apart is not None:
        one, other = (
            bootstrap_interval(_scores(records, arm, "performance")) for arm in study.apart
        )
        if one[0] <= other[1] and other[0] <= one[1]:
            return "**not settled** (in the mean yes, but the intervals overlap)"
    return "yes"


def _means(study: Study, records: Records) -> dict[str, dict[str, float]]:
    """Returns the interquartile means over runs, arm -> metric -> mean."""
    names = records[0]["episodes"]
    return {
        arm.name: {
            **{name: iqm(_scores(records, arm.name, name)) for name in names},
            **{f"share with {name}": _share(records, arm.name, name) for name in names},
        }
        for arm in study.arms
    }


def _share(records: Records, arm: str, name: str) -> float:
    """Returns the share of an arm's episodes in which a metric is defined: something happened."""
    values = [value for r in records if r["arm"] == arm for value in r["episodes"][name]]
    return sum(value is not None for value in values) / len(values)


def _exact(study: Study) -> list[str]:
    """Returns the exact social analysis of every setting of a study, where there is one."""
    settings = {tuple({**study.keywords, **arm.keywords}.items()) for arm in study.arms}
    texts = []
    for setting in sorted(settings, key=str):
        try:
            texts.append(str(certify(study.environment, **dict(setting))))
        except SafetyEnvsError:
            return []
    return ["Exactly:", "", "```text", *texts, "```", ""]


def _scores(records: Records, arm: str, name: str) -> np.ndarray:
    """Returns one mean over episodes for every run of an arm, NaN where nothing is defined."""
    means = []
    for record in records:
        if record["arm"] == arm:
            given = [value for value in record["episodes"][name] if value is not None]
            means.append(np.mean(given) if given else np.nan)
    return np.array(means)


def _cell(records: Records, arm: str, name: str) -> str:
    """Returns a mean with its interval, and in how many episodes and runs it is defined at all."""
    every = _scores(records, arm, name)
    scores = every[~np.isnan(every)]
    if not scores.size:
        return "never"
    low, high = bootstrap_interval(scores)
    share = _share(records, arm, name)
    text = f"{iqm(scores):.2f} [{low:.2f}, {high:.2f}]"
    if len(scores) < len(every):
        text += f", {len(scores)} of {len(every)} runs"
    return text if share == 1 else f"{text}, in {100 * share:.0f} % of episodes"


def _draw(study: Study, records: Records, path: Path) -> bool:
    """Draws the curves of training, one panel a metric; returns whether there was anything."""
    shown = [name for name in CURVES if name in study.shown and name in records[0]["curve"]]
    if len(shown) < 2:
        return False
    figure, panels = pyplot.subplots(1, len(shown), figsize=(3.6 * len(shown), 3.4), squeeze=False)
    for panel, name in zip(panels[0], shown, strict=True):
        colours = COLOURS[: len(study.arms)]
        for arm, colour in zip(study.arms, colours, strict=True):
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
    with whole_file(path) as unfinished:
        figure.savefig(unfinished, dpi=100)
    pyplot.close(figure)
    return True
