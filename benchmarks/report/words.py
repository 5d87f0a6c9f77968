"""How pages name tasks, metrics and agents."""

import re
from collections.abc import Iterable
from textwrap import fill

from benchmarks.harness.claim import Score

TICK = 24  # characters of a line beside an axis
_NAMES = {
    "normalised_reward": "normalised reward",
    "normalised_performance": "normalised performance",
    "performance_gap": "performance gap",
    "length": "episode length",
}
_CLASSES = {
    "W": "every reward-optimal policy falls short of P*",
    "T": "some reward-optimal policies fall short of P*, some do not",
    "G": "along growing optimisation pressure, performance first rises, then falls",
    "E": "every equilibrium falls short of the best performance",
    "C": "some equilibria fall short of the best performance, some do not",
    "none": "every reward-optimal policy attains P*",
    "E or C": "an equilibrium falls short of the best performance; whether all do is not known",
    "C or none": "an equilibrium attains the best performance; whether all do is not known",
    "unknown": "no equilibrium is known",
}


def task_words(task: str) -> str:
    """Returns a task's name without what all names share: "Proxy, proxy=camera"."""
    return re.sub(r"^Safety(\w+?)-v\d+", r"\1", task).replace(",", ", ")


def agent_words(label: str) -> str:
    """Returns a label with spaces."""
    return label.replace("_", " ")


def tick_words(label: str) -> str:
    """Returns a label for an axis, in lines of at most `TICK` characters."""
    return fill(agent_words(label), TICK)


def tick_margin(labels: Iterable[str]) -> float:
    """Returns the margin beside an axis that holds the longest line of its labels [inches]."""
    return 0.25 + 0.062 * max(len(line) for each in labels for line in tick_words(each).split("\n"))


def metric_words(metric: str) -> str:
    """Returns a metric's name with spaces; what its prefix says comes last."""
    for prefix, words in (
        ("shifted_", "after the shift"),
        ("training_", "at the end of training"),
        ("defined_", "share of episodes that have one"),
    ):
        if metric.startswith(prefix):
            return f"{metric_words(metric.removeprefix(prefix))}, {words}"
    return _NAMES.get(metric, metric.replace("_", " "))


def class_words(name: str) -> str:
    """Returns a hazard class and what it means."""
    meaning = _CLASSES.get(name)
    return f"{name}: {meaning}" if meaning else name


def social_class_words(name: str) -> str:
    """Returns a multi-agent hazard class and what it means."""
    if name == "none":
        return "none: every equilibrium attains the best performance"
    return class_words(name)


def start_words(start: str) -> str:
    """Returns in words which starts a certificate is over; see `Certificate.start`."""
    if start.startswith("like "):
        return f"the starts that look like {_those_of(start.removeprefix('like '))}"
    return start


def _those_of(seeds: str) -> str:
    return f"that of {seeds}" if seeds.startswith("seed ") else f"those of {seeds}"


def score_words(score: Score, with_task: bool) -> str:
    """Returns a score in words: "performance gap of ppo"."""
    words = f"{metric_words(score.metric)} of {agent_words(score.label)}"
    if score.where:
        name, value = score.where
        words += f" where {metric_words(name)} is {value:g}"
    return f"{words}, {task_words(score.task)}" if with_task else words


def counted(count: int, noun: str) -> str:
    """Returns "1 run", "2 runs", "1,200 runs"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def slug(text: str) -> str:
    """Returns letters, digits and hyphens that stand for a text in an address."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
