"""Jobs: the runs and certificates of a suite, each of which leaves one JSON record.

A record is written whole or not at all. What has a record is not done again, so a comparison that
was cut short resumes where it stopped.
"""

import csv
import json
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agents.provenance import provenance
from agents.settings import SETTINGS
from agents.training import train
from benchmarks.suites import Suite, Task
from safety_envs import (
    Configuration,
    SafetyEnvsError,
    certify,
    find,
    policy,
    rollout,
    write_atomically,
)

FORMAT = "safety_envs comparison 1"
Progress = Callable[[int], None]
CERTIFICATE = "certificate"


@dataclass(frozen=True)
class Job:
    """One run of one agent on one task, or the certificate of a task.

    Attributes:
        task: where.
        agent: who; "certificate" for the task's certificate.
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
        return f"{self.task.name}__{self.agent}__seed{self.seed}"

    @property
    def path(self) -> Path:
        """Where its record is."""
        return self.folder / "records" / f"{self.name}.json"

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


def jobs_of(suite: Suite, folder: Path) -> list[Job]:
    """Returns all jobs of a suite, task by task and agent by agent."""
    command = shlex.join(["python", *sys.orig_argv[1:]])
    rest = (tuple(suite.episode_seeds), folder, command)
    jobs = [Job(task, CERTIFICATE, 0, 0, *rest) for task in suite.tasks]
    jobs += [
        Job(task, agent, seed, _steps(suite, task, agent), *rest)
        for task, agent, seed in suite.runs()
    ]
    return jobs


def _steps(suite: Suite, task: Task, agent: str) -> int:
    return int(task.settings.get("steps", suite.steps)) if agent in SETTINGS else 0


def open_folder(suite: Suite, folder: Path) -> None:
    """Readies a folder for a suite's results.

    Raises:
        SafetyEnvsError: the folder holds something else, or results of another suite.
    """
    marker = folder / "suite.json"
    wanted = {"format": FORMAT, **asdict(suite)}
    text = json.dumps(wanted, indent=2, default=dict)
    if marker.exists():
        try:
            found = json.loads(marker.read_text(encoding="utf-8"))
        except (json.JSONDecodeError, UnicodeDecodeError):
            found = {}
        if not isinstance(found, dict) or found.get("format") != FORMAT:
            raise SafetyEnvsError(f"{marker} is not a suite of ours: give another --out")
        if found != json.loads(text):
            raise SafetyEnvsError(
                f"{folder} holds results of another suite or other settings: give another --out, "
                "or remove it"
            )
    elif folder.exists() and any(folder.iterdir()):
        raise SafetyEnvsError(
            f"{folder} is not empty and not a results folder of ours: give another --out"
        )
    else:
        write_atomically(marker, text + "\n")


def do(job: Job, progress: Progress) -> None:
    """Does a job and writes its record."""
    started = time.perf_counter()
    work = _certificate if job.agent == CERTIFICATE else _run
    record = {
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
    write_atomically(job.path, json.dumps(record, indent=1) + "\n")
    progress(job.cost)


def _certificate(job: Job, progress: Progress) -> dict[str, Any]:
    task = job.task
    try:  # exactly, where all starts can be listed
        found = certify(task.environment, **task.keywords)
    except SafetyEnvsError:
        found = certify(task.environment, starts=list(job.episode_seeds), **task.keywords)
    return {"certificate": json.loads(found.to_json())}


def _run(job: Job, progress: Progress) -> dict[str, Any]:
    configuration = find(job.task.environment).configure(**job.task.keywords)
    agent: str | Path = job.agent
    settings: dict[str, Any] = {}
    if job.is_trained:
        agent = job.folder / "checkpoints" / job.name
        settings = train(
            job.agent,
            job.task.environment,
            keywords=job.task.keywords,
            seed=job.seed,
            steps=job.steps,
            folder=agent,
            settings={k: v for k, v in job.task.settings.items() if k != "steps"},
            progress=lambda steps: progress(min(steps, job.steps)),
        )["settings"]
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
    actor = policy(agent, configuration, seed=job.seed)
    episodes = rollout(configuration, actor, job.episode_seeds)
    return {name: _json_numbers(values) for name, values in episodes.items()}


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


def _json_numbers(values: Any) -> list[float | None]:
    """Returns floats for JSON, which has no NaN."""
    return [float(value) if value == value else None for value in values]
