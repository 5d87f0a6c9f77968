"""Jobs: the runs and certificates of a suite, each of which leaves one JSON record.

A record is written whole or not at all. What has a record is not done again, so a comparison that
was cut short resumes where it stopped.
"""

import csv
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from agents.lock import NAME as LOCK
from agents.provenance import command, provenance
from agents.record import (
    DamagedRecordError,
    Identity,
    Record,
    identity_of,
    numbers,
    sealed,
    write_record,
)
from agents.seeds import judging_seed
from agents.training import SETTINGS, Training, train
from agents.training.training import PROCEDURE
from benchmarks.records import (
    check_claims,
    check_episodes,
    configuration_of,
    is_number,
    of_these_rules,
)
from benchmarks.suites import Suite, Task
from safety_envs import Configuration, SafetyEnvsError, certify, find, policy, rollout
from safety_envs.applications import write_atomically

FORMAT = "safety_envs comparison 2"
Progress = Callable[[int], None]
CERTIFICATE = "certificate"
MARKER = "suite.json"


@dataclass(frozen=True)
class Job:
    """One run of one agent on one task, or the certificate of a task.

    Attributes:
        task: where.
        agent: its name; "certificate" for the task's certificate.
        seed: of the run.
        steps: steps of training, for agents that are trained.
        episode_seeds: the held-out episodes.
        folder: of the whole comparison.
        command: what was called to have it done, which reproduces it.
    """

    task: Task
    agent: str
    seed: int
    steps: int
    episode_seeds: tuple[int, ...]
    folder: Path
    command: str

    @property
    def name(self) -> str:
        """The name of its record, without ending."""
        return name_of(self.task.name, self.agent, self.seed)

    @property
    def path(self) -> Path:
        """Where its record is."""
        return self.folder / "records" / f"{self.name}.json"

    @property
    def plan(self) -> Training:
        """How the agent is trained, if it is."""
        settings = {name: value for name, value in self.task.settings.items() if name != "steps"}
        task = self.task
        return Training(
            self.agent, task.environment, task.keywords, self.seed, self.steps, settings=settings
        )

    @cached_property
    def identity(self) -> Identity:
        """All that decides the result."""
        return identity_of(
            self.task.environment,
            self.task.keywords,
            self.seed,
            procedure=PROCEDURE,
            agent=self.agent,
            steps=self.steps,
            test=dict(self.task.test),
            episode_seeds=list(self.episode_seeds),
            training=self.plan.identity if self.is_trained else {},
        )

    @property
    def is_trained(self) -> bool:
        """Whether the agent learns."""
        return self.agent in SETTINGS

    @property
    def cost(self) -> int:
        """About how long it takes, in steps of training."""
        if self.is_trained:
            return self.steps
        return 0 if self.agent == "random" else 2000 * len(self.episode_seeds)


def name_of(task: str, agent: str, seed: int) -> str:
    """Returns the name of a record, without ending."""
    return f"{task}__{agent}__seed{seed}"


def jobs_of(suite: Suite, folder: Path) -> list[Job]:
    """Returns all jobs of a suite, task by task and agent by agent."""
    rest = (tuple(suite.episode_seeds), folder, command())
    jobs = [Job(task, CERTIFICATE, 0, 0, *rest) for task in suite.tasks]
    jobs += [
        Job(task, agent, seed, _steps(suite, task, agent), *rest)
        for task, agent, seed in suite.runs()
    ]
    return jobs


def _steps(suite: Suite, task: Task, agent: str) -> int:
    return int(task.settings.get("steps", suite.steps)) if agent in SETTINGS else 0


def check_folder(suite: Suite, folder: Path) -> None:
    """Checks that a folder is there for a suite's results, or may be.

    Raises:
        SafetyEnvsError: the folder holds something else, or results of another suite.
    """
    marker = folder / MARKER
    if folder.exists() and not folder.is_dir():
        raise SafetyEnvsError(f"{folder} is a file: give another --out")
    if marker.exists():
        try:
            found = json.loads(marker.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise SafetyEnvsError(f"{marker} is not a suite of ours: give another --out")
        if found != json.loads(_as_text(suite)):
            raise SafetyEnvsError(
                f"{folder} holds results of another suite or other settings: give another --out, "
                "or remove it"
            )
    elif folder.exists() and any(path.name != LOCK for path in folder.iterdir()):
        raise SafetyEnvsError(
            f"{folder} is not empty and not a results folder of ours: give another --out"
        )


def open_folder(suite: Suite, folder: Path) -> None:
    """Readies a folder for a suite's results.

    Raises:
        SafetyEnvsError: the folder holds something else, or results of another suite.
    """
    check_folder(suite, folder)
    if not (folder / MARKER).exists():
        write_atomically(folder / MARKER, _as_text(suite) + "\n")


def _as_text(suite: Suite) -> str:
    return json.dumps({"format": FORMAT, **asdict(suite)}, indent=2, default=dict)


def do(job: Job, progress: Progress) -> None:
    """Does a job and writes its record."""
    started = time.perf_counter()
    work = _certificate if job.agent == CERTIFICATE else _run
    contents = {
        "format": FORMAT,
        "task": asdict(job.task) | {"name": job.task.name},
        "agent": job.agent,
        "seed": job.seed,
        "steps": job.steps,
        **work(job, progress),
        "seconds": round(time.perf_counter() - started, 2),
        "versions": provenance(),
        "command": job.command,
    }
    write_record(job.path, sealed(job.identity, contents))
    progress(job.cost)


def check(record: Record, path: Path) -> None:
    """Checks that a record is the one that its file's name promises, and holds what it must.

    Raises:
        DamagedRecordError: it is not; the message names the file.
    """
    try:
        task, identity = record["task"], record["identity"]
        check_claims(record, path, name_of(task["name"], record["agent"], record["seed"]), _CLAIMS)
        named = Task(task["environment"], task["keywords"]).name, task["environment"], task["test"]
        if named != (task["name"], identity["environment"], identity["test"]):
            raise DamagedRecordError(f"{path} says it is of another task than its identity")
        if of_these_rules(record):  # what others yield cannot be known here
            _check_contents(record, path)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedRecordError(f"{path} lacks something: {error!r}") from error


_CLAIMS = ("agent", "seed", "steps")


def _check_contents(record: Record, path: Path) -> None:
    identity = record["identity"]
    if record["agent"] == CERTIFICATE:
        found = record["certificate"]
        best, (low, high) = found["best_performance"], found["performance_interval"]
        for value in (found["best_reward"], best, low, high, *found["uniform"]):
            if not is_number(value):
                raise DamagedRecordError(f"{path} has {value!r} in its certificate")
        return
    check_claims(record, path, path.stem, ("keywords", "episode_seeds"))
    count = len(identity["episode_seeds"])
    check_episodes(record["episodes"], configuration_of(record), count, path)
    if identity["test"]:
        shifted = configuration_of(record, **identity["test"])
        check_episodes(record["test_episodes"], shifted, count, path)


def _certificate(job: Job, progress: Progress) -> dict[str, Any]:
    """Returns the task's certificate over the very starts that agents are judged on.

    So scores and the scale they are put on speak of the same episodes. There is one exception:
    where what is hidden comes with an observation that is a real number, no two starts look alike,
    and the solver would tell every start of a list from the others by it. Only the expectation over
    all starts, by closed form, leaves the agent as ignorant as it is.
    """
    task, definition = job.task, find(job.task.environment)
    starts = None if definition.closed_form and definition.hidden else list(job.episode_seeds)
    found = certify(task.environment, starts=starts, **task.keywords)
    return {"certificate": json.loads(found.to_json())}


def _run(job: Job, progress: Progress) -> dict[str, Any]:
    configuration = find(job.task.environment).configure(**job.task.keywords)
    agent: str | Path = job.agent
    settings: dict[str, Any] = {}
    if job.is_trained:
        agent = job.folder / "checkpoints" / job.name
        record = train(job.plan, agent, lambda steps: progress(min(steps, job.steps)))
        settings = record["settings"]
    record = {
        "keywords": dict(configuration.keywords),
        "settings": settings,
        "episode_seeds": list(job.episode_seeds),
        "episodes": _judge(configuration, agent, job),
    }
    if job.task.test:
        shifted = find(job.task.environment).configure(**{**job.task.keywords, **job.task.test})
        record["test_episodes"] = _judge(shifted, agent, job)
    if job.is_trained:
        record["training_end"] = _training_end(Path(agent) / "episodes.csv")
    return record


def _judge(configuration: Configuration, agent: str | Path, job: Job) -> dict[str, Any]:
    """Returns the metrics of the held-out episodes, metric -> one number per episode."""
    actor = policy(agent, configuration, seed=judging_seed(job.seed))
    episodes = rollout(configuration, actor, job.episode_seeds)
    return {name: numbers(values) for name, values in episodes.items()}


def _training_end(path: Path) -> dict[str, float | None]:
    """Returns the means of the last tenth of the training episodes, where chance lives on."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    last = rows[-max(1, len(rows) // 10) :]
    means = {}
    for name in rows[0] if rows else ():
        values = [float(row[name]) for row in last if row[name] != "nan"]
        means[name] = sum(values) / len(values) if values else None
    return means
