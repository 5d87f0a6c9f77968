"""The page of the cooperation studies, from records alone; its pictures are drawn beside it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cooperation_picture import draw
from benchmarks.harness.statements import refuse_uncited, verdict
from benchmarks.records import versions_of
from benchmarks.studies import Arm, Study
from safety_envs import SafetyEnvsError, SocialCertificate, certify, find
from safety_envs.applications import write_atomically
from safety_envs.statistics import estimate

Records = Sequence[dict[str, Any]]
INTRODUCTION = """\
The learner is PPO. The agents share its parameters unless the arm is called independent; `random`
does not learn. Figures are means over the runs, with Student's 95 % intervals in brackets. From
eight runs on they are interquartile means with bootstrap intervals. Every run is judged on the same
held-out episodes. `performance` is the hidden performance: the total of all agents unless the
environment says otherwise.

A statement about others' work names the part of the source that was read. Otherwise it is marked as
from memory and gets no verdict. A verdict needs at least ten runs of every arm; the studies plan
ten.

Settings are those in `benchmarks/studies.py`, the same for all arms of a study. The seeds on which
they were chosen were not recorded, so they may include the seeds that are judged here.

Made by `make cooperation` (about two hours on two cores).
"""


def write_page(studies: Sequence[Study], records: Records, path: Path) -> None:
    """Writes the page as Markdown, and a picture for every study with a learning curve."""
    lines = ["# What learners do in the cooperation hazards", "", INTRODUCTION]
    lines += ["| study | looked for here | runs | verdict |", "|---|---|---|---|"]
    for study in studies:
        mine = [record for record in records if record["study"] == study.name]
        lines.append(f"| {study.name} | {study.sign} | {_runs(mine)} | {_verdict(study, mine)} |")
    lines += ["", "More games, and learners that are not PPO: [games.md](games.md).", ""]
    for study in studies:
        mine = [record for record in records if record["study"] == study.name]
        lines += _section(study, mine)
        picture = path.with_name(f"{study.name}.png")
        if draw(study, mine, picture):
            lines += [f"![{study.title}]({picture.name})", ""]
    lines += ["## Where it comes from", "", "- command: `make cooperation`"]
    lines += [f"- {name} {versions}" for name, versions in versions_of(records).items()]
    statements = [statement for study in studies for statement in study.statements]
    write_atomically(path, refuse_uncited("\n".join(lines) + "\n", statements))


def _section(study: Study, records: Records) -> list[str]:
    keywords = "".join(f", {name}={value}" for name, value in study.keywords.items())
    seeds = _runs(records)
    steps = max(record["training"]["steps"] for record in records)
    names = " | ".join(name.replace("_", " ") for name in study.shown)
    more = "".join(f"; {arm}: {n} runs" for arm, n in _counts(records).items() if n > seeds)
    lines = [
        f"## {study.title}",
        "",
        f"{study.environment}{keywords}; {seeds} {'runs' if seeds > 1 else 'run'} of about "
        f"{steps:,} steps of agents{more}.",
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
    lines += [f"- {statement}" for statement in study.statements]
    lines += ["", f"Looked for here: {study.sign}. Verdict: {_verdict(study, records)}.", ""]
    if study.beside_equilibria:
        lines += _beside_equilibria(study, records)
    lines += _exact(study)
    return lines + ([study.remark, ""] if study.remark else [])


def _counts(records: Records) -> dict[str, int]:
    """Returns how many runs each arm has."""
    arms = dict.fromkeys(record["arm"] for record in records)
    return {arm: len({r["seed"] for r in records if r["arm"] == arm}) for arm in arms}


def _runs(records: Records) -> int:
    """Returns how many runs every arm has."""
    return min(_counts(records).values())


def _verdict(study: Study, records: Records) -> str:
    """Returns what the records say to what others found, and whether it is beyond chance."""
    said = verdict(study.rests_on, study.agrees(_means(study, records)), _runs(records))
    if said == "agrees":
        for pair in study.apart:
            one, other = (estimate(_scores(records, arm, "performance")) for arm in pair)
            if not one.is_apart_from(other):
                return f"not settled (the intervals of {' and '.join(pair)} overlap)"
    return said


def _beside_equilibria(study: Study, records: Records) -> list[str]:
    """Returns, for every arm that learns for itself, where it lies beside the exact equilibria."""
    lines = []
    for arm in study.arms:
        if arm.policy is None and not arm.training and (ends := _equilibria(study, arm)):
            found = estimate(_scores(records, arm.name, "performance"))
            if not found.has_interval:
                continue
            inside = found.low <= ends[1] and ends[0] <= found.high
            lines.append(
                f"- {arm.name}: performance {_cell(records, arm.name, 'performance')}, symmetric "
                f"equilibria [{ends[0]:.3f}, {ends[1]:.3f}]: "
                f"{'the intervals meet' if inside else '**outside**'}."
            )
    return ["Compared with the exact equilibria:", "", *lines, ""] if lines else []


def _equilibria(study: Study, arm: Arm) -> tuple[float, float] | None:
    """Returns the hidden performance of the worst and the best symmetric equilibrium."""
    found = certify(study.environment, **{**study.keywords, **arm.keywords})
    if not isinstance(found, SocialCertificate) or found.symmetric is None:
        return None
    return found.symmetric.worst.performance, found.symmetric.best.performance


def _means(study: Study, records: Records) -> dict[str, dict[str, float]]:
    """Returns the means over the runs that have a metric, arm -> metric -> mean."""
    names = records[0]["episodes"]
    return {
        arm.name: {
            **{name: estimate(_scores(records, arm.name, name)).value for name in names},
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
    found = estimate(_scores(records, arm, name))
    if not found.runs:
        return "never"
    share = _share(records, arm, name)
    text = f"{found.value:.2f}"
    if found.has_interval:
        text += f" [{found.low:.2f}, {found.high:.2f}]"
    if found.left_out:
        text += f", {found.runs} of {found.runs + found.left_out} runs"
    return text if share == 1 else f"{text}, in {100 * share:.0f} % of episodes"
