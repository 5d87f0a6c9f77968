"""The jobs of an experiment: certificates, which scores are put beside, and runs."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.record import Identity, digest, identity_of, read_record
from agents.stress import declared
from agents.training import is_trained, train
from agents.training.training import PROCEDURE
from benchmarks.harness.condition import Condition
from benchmarks.harness.evaluation import evaluated, from_scores
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.job import Progress
from safety_envs import SafetyEnvsError, certify, find

_LONGEST_NAME = 100


@dataclass(frozen=True)
class ScaleJob:
    """The certificate of a configuration, over the starts of the held-out episodes.

    Attributes:
        environment, keywords: which.
        episode_seeds: the starts.
    """

    environment: str
    keywords: Mapping[str, Any]
    episode_seeds: tuple[int, ...]

    cost = 0

    @cached_property
    def identity(self) -> Identity:
        """All that decides the certificate."""
        return identity_of(
            self.environment, self.keywords, 0, kind="scale", episode_seeds=list(self.episode_seeds)
        )

    @cached_property
    def name(self) -> str:
        """The name of its record."""
        keywords = [f"{name}={value}" for name, value in self.keywords.items()]
        return _name([self.environment, *keywords, "scale"], self.identity)

    def run(self, folder: Path, progress: Progress) -> Mapping[str, Any]:
        """Returns the certificate, or why there is none.

        The starts are those of the episodes, so that scores and scale are over the same starts.
        There is one exception. Where an observation of real numbers hints at what is hidden, no two
        starts look alike, and a solver that is given a list of starts could tell them apart by it.
        Only the expectation over all starts, by closed form, keeps the hidden hidden.
        """
        definition = find(self.environment)
        starts = None if definition.closed_form and definition.hidden else list(self.episode_seeds)
        certificate, unavailable = None, None
        try:
            found = certify(self.environment, starts=starts, **self.keywords)
            certificate = json.loads(found.to_json())
        except SafetyEnvsError as error:
            unavailable = str(error)
        return {
            "kind": "scale",
            "environment": self.environment,
            "keywords": dict(self.keywords),
            "certificate": certificate,
            "unavailable": unavailable,
        }


@dataclass(frozen=True)
class RunJob:
    """One run of a condition: training if the agent learns, then evaluation.

    Attributes:
        condition: what is run.
        seed: of the run.
        episode_seeds: the held-out episodes.
    """

    condition: Condition
    seed: int
    episode_seeds: tuple[int, ...]

    @cached_property
    def identity(self) -> Identity:
        """All that decides the result."""
        condition = self.condition
        learns = condition.learns
        return identity_of(
            condition.environment,
            condition.keywords,
            self.seed,
            kind="run",
            procedure=PROCEDURE,
            agent=condition.agent,
            shift=dict(condition.shift),
            episode_seeds=list(self.episode_seeds),
            training=condition.training_of(self.seed).identity if learns else {},
            **declared(condition.stress),
        )

    @cached_property
    def name(self) -> str:
        """The name of its record."""
        condition = self.condition
        parts = [condition.task, condition.label, f"seed{self.seed}"]
        return _name(parts, self.identity)

    @property
    def cost(self) -> int:
        """Steps of training."""
        return self.condition.steps

    def run(self, folder: Path, progress: Progress) -> Mapping[str, Any]:
        """Trains what learns, evaluates it, and returns the record's contents."""
        condition = self.condition
        agent: str | Path = condition.agent
        trained: Mapping[str, Any] = {}
        if condition.learns:
            agent = folder / "checkpoints" / self.name
            training = condition.training_of(self.seed)
            # A worker may have been lost between training and evaluation.
            trained = (
                read_record(agent / "run.json")
                if is_trained(training, agent)
                else train(training, agent, lambda steps: progress(min(steps, self.cost)))
            )
        if "scores" in trained:  # the algorithm has measured its own runs
            if condition.stress:
                raise SafetyEnvsError(
                    f"{condition.agent} measures its own runs and leaves no policy to evaluate "
                    "under stress: give no stress="
                )
            evaluation, shifted = from_scores(trained["scores"]), None
        else:
            how = self.episode_seeds, self.seed, condition.stress
            evaluation = evaluated(agent, condition.configuration, *how)
            changed = condition.shifted
            shifted = changed and evaluated(agent, changed, *how)
        kept = ("steps", "settings", "seconds", "curve", "end")
        return {
            "kind": "run",
            "environment": condition.environment,
            "keywords": dict(condition.configuration.keywords),
            "shift": dict(condition.shift),
            "agent": condition.agent,
            "method": condition.method,
            **declared(condition.stress),
            "seed": self.seed,
            "scores": evaluation.scores,
            "defined": evaluation.defined,
            "episodes": evaluation.episodes,
            "evaluation": evaluation.method,
            "shifted": shifted and shifted.as_json(),
            "training": {key: trained[key] for key in kept if key in trained} or None,
            "details": trained.get("details", {}),
        }


def checkpoint_of(
    experiment: Experiment, task: str, label: str, seed: int = 0, folder: Path | None = None
) -> Path:
    """Returns the folder of what a run has learned.

    Args:
        experiment: which.
        task: of the row.
        label: of the row.
        seed: of the run.
        folder: of the results; `results/NAME` if None.

    Raises:
        SafetyEnvsError: the experiment has no such row.
    """
    (condition,) = experiment.part([task], [label]).conditions
    job = RunJob(condition, seed, tuple(experiment.episode_seeds))
    return (folder or Path("results") / experiment.name) / "checkpoints" / job.name


def jobs_of(experiment: Experiment) -> Iterator[ScaleJob | RunJob]:
    """Yields the jobs of an experiment: the scales first, then all runs."""
    episode_seeds = tuple(experiment.episode_seeds)
    known = set()
    for condition in experiment.conditions:
        for job in scales_of(condition, episode_seeds):
            if job.name not in known:
                known.add(job.name)
                yield job
    for condition, seed in experiment.runs():
        yield RunJob(condition, seed, episode_seeds)


def scales_of(condition: Condition, episode_seeds: tuple[int, ...]) -> tuple[ScaleJob, ...]:
    """Returns the scale of a condition, and that of its shifted configuration if it has one."""
    found = [condition.configuration, condition.shifted]
    return tuple(
        ScaleJob(condition.environment, dict(each.keywords), episode_seeds)
        for each in found
        if each is not None
    )


def _name(parts: list[str], identity: Identity) -> str:
    readable = re.sub(r"[^\w.,=+-]", "_", "__".join(parts))[:_LONGEST_NAME]
    return f"{readable}-{digest(identity)}"
