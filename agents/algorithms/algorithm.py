"""Algorithms as values: what learns."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safety_envs import Configuration, SafetyEnvsError

if TYPE_CHECKING:
    from agents.training.training import Training

Progress = Callable[[int], object]
"""Is called with the number of steps taken so far."""


def ignore(steps: int) -> None:
    """Reports no progress."""


@dataclass(frozen=True)
class Run:
    """Where a training goes and what it reports to; nothing here changes its result.

    Attributes:
        folder: where everything goes.
        progress: called at intervals with the number of steps.
        snapshot_every: seconds between two snapshots, from which a killed training continues.
        log: names of loggers in addition to TensorBoard, see `agents.training.loggers`.
    """

    folder: Path
    progress: Progress = ignore
    snapshot_every: float = 60.0
    log: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learned:
    """What came of a training.

    Attributes:
        steps: how many were taken.
        curve: {"steps": [...], metric: [means over equal stretches of training]}.
        end: metric -> mean over the last tenth of the training.
        models: Stable-Baselines3 models for a checkpoint: one, or a list of one for each agent.
        scores: metric -> one mean an episode for each independent run, from algorithms that carry
            out many runs in one batch and leave no checkpoint.
        details: what only this algorithm has, as JSON data.
        seconds_before: the time that earlier processes spent on this training.
    """

    steps: int
    curve: Mapping[str, Any] = field(default_factory=dict)
    end: Mapping[str, float | None] = field(default_factory=dict)
    models: Any = None
    scores: Mapping[str, list[float | None]] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    seconds_before: float = 0.0


def accept(training: "Training") -> None:
    """Finds nothing wrong."""


def no_scores(configuration: Configuration) -> Collection[str]:
    """Returns no names."""
    return ()


@dataclass(frozen=True)
class Algorithm:
    """A learning algorithm.

    Attributes:
        name: lower-case letters, digits and underscores.
        summary: what it is, in a phrase.
        learn: carries out a training.
        settings: name -> default.
        check: raises a `SafetyEnvsError` if a training is impossible, before anything is written.
        scores: returns the names of its scores that are no metrics of the environment.
    """

    name: str
    summary: str
    learn: "Callable[[Training, Run], Learned]"
    settings: Mapping[str, Any] = field(default_factory=dict)
    check: "Callable[[Training], None]" = accept
    scores: Callable[[Configuration], Collection[str]] = no_scores

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(self.name)):
            raise SafetyEnvsError(
                f"an algorithm's name must be like 'q_learning', got {self.name!r}"
            )


def _is_like(value: Any, default: Any) -> bool:
    """Whether a value has the type of a default; a whole number may stand for a float."""
    kinds = (int, float) if isinstance(default, float) else (type(default),)
    return isinstance(value, kinds) and isinstance(value, bool) == isinstance(default, bool)


def check_batch(
    training: "Training", algorithm: str, defaults: Mapping[str, Any], takes: Collection[str] = ()
) -> None:
    """Checks a training by an algorithm that has no networks.

    Args:
        training: what is asked for.
        algorithm: its name.
        defaults: its settings.
        takes: which of the fields below have a meaning there, in the same words.

    Raises:
        SafetyEnvsError: a setting is unknown or has another type than its default, or a field of
            `Training` has no meaning there.
    """
    for name in training.settings:
        if name not in defaults:
            raise SafetyEnvsError(
                f"{algorithm} has no setting {name!r}. Known: {', '.join(defaults)}."
            )
        if not _is_like(training.settings[name], defaults[name]):
            raise SafetyEnvsError(
                f"setting {name!r} of {algorithm} is like {defaults[name]!r}, "
                f"got {training.settings[name]!r}"
            )
    given = {
        "a method": training.method,
        "an observation": training.observation,
        "agent_id": training.agent_id,
        "independent": training.independent,
        "stress": training.stress,
    }
    if useless := [name for name, value in given.items() if value and name not in takes]:
        raise SafetyEnvsError(f"{algorithm} takes no {useless[0].removeprefix('a ')}")
