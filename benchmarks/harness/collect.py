"""Reads an experiment's results, from the folder of a run or from a committed archive.

An archive is `records.jsonl.gz`: the records of an experiment, one JSON object a line.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from agents.record import Record, checked_record
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import RunJob, jobs_of, scales_of
from benchmarks.harness.job import Job
from benchmarks.harness.record import FORMAT, scale_of
from benchmarks.harness.results import Results, Row
from benchmarks.harness.store import Store
from safety_envs import SafetyEnvsError
from safety_envs.applications import atomic_file

ARCHIVE = "records.jsonl.gz"


class Source(Protocol):
    """Where records can be found."""

    def find(self, job: Job) -> Record | None:
        """Returns a job's record, None if there is none."""

    def error(self, job: Job) -> str | None:
        """Returns the error with which a job has failed, None if it has not."""

    def __len__(self) -> int:
        """The number of all records that are there."""


@dataclass(frozen=True)
class Folder:
    """The folder of a run."""

    store: Store

    def find(self, job: Job) -> Record | None:
        """Returns a job's record, None if there is none; a damaged one is set aside."""
        return self.store.read(job) if self.store.is_done(job) else None

    def error(self, job: Job) -> str | None:
        """Returns the error with which a job has failed, None if it has not."""
        return self.store.error(job)

    def __len__(self) -> int:
        return sum(1 for _ in (self.store.folder / "records").glob("*.json"))


class Archive:
    """The records in a file that `write_archive` has written, whatever rules they were made by.

    Args:
        path: of the file.

    Raises:
        SafetyEnvsError: it cannot be read, or a record in it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._records = {_key(record["identity"]): record for record in _lines(path)}

    def find(self, job: Job) -> Record | None:
        """Returns a job's record, None if there is none."""
        return self._records.get(_key(job.identity))

    def error(self, job: Job) -> None:
        """Returns None: archives hold no failures."""

    def __len__(self) -> int:
        return len(self._records)


def write_archive(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Writes records to one compressed file; equal records give equal bytes."""
    lines = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
    with atomic_file(path) as unfinished:
        unfinished.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))


def collect(experiment: Experiment, source: Source) -> Results:
    """Returns what is known of an experiment.

    Args:
        experiment: what was asked for.
        source: where its records are.

    Raises:
        SafetyEnvsError: nothing has been run, or records were made by different rules.
    """
    found: dict[str, Record] = {}
    missing, failed = [], {}
    for job in jobs_of(experiment):
        record = source.find(job)
        if record is not None:
            found[job.name] = record
        elif (error := source.error(job)) is not None:
            failed[job.name] = error
        else:
            missing.append(job.name)
    if not found:
        there = f", among the {len(source)} that are there" if len(source) else ""
        raise SafetyEnvsError(
            f"there are no records of experiment {experiment.name!r} by the present rules and "
            f"settings{there}: run `python -m benchmarks run {experiment.name}`, or give the "
            f"archive of an older page, --records {ARCHIVE}, which may be of other rules"
        )
    _demand_one_code(found.values())
    return Results(
        experiment,
        _rows(experiment, found),
        _certificates(experiment, found),
        tuple(missing),
        failed,
        tuple(found.values()),
    )


def _rows(experiment: Experiment, found: Mapping[str, Record]) -> tuple[Row, ...]:
    seeds = tuple(experiment.episode_seeds)
    runs: dict[int, list[Record]] = {}
    for condition, seed in experiment.runs():
        record = found.get(RunJob(condition, seed, seeds).name)
        runs.setdefault(id(condition), []).extend([record] if record else [])
    rows = []
    for condition in experiment.conditions:
        scales = [_scale(found.get(job.name)) for job in scales_of(condition, seeds)]
        scale, shifted = (*scales, None)[:2]
        rows.append(Row(condition, tuple(runs.get(id(condition), ())), scale, shifted))
    return tuple(rows)


def _scale(record: Record | None) -> Any:
    return None if record is None else scale_of(record)


def _certificates(
    experiment: Experiment, found: Mapping[str, Record]
) -> dict[str, tuple[Record, ...]]:
    """Returns the certificates of each task's configurations, each once."""
    seeds = tuple(experiment.episode_seeds)
    certificates: dict[str, dict[str, Record]] = {}
    for condition in experiment.conditions:
        of_task = certificates.setdefault(condition.task, {})
        for job in scales_of(condition, seeds):
            record = found.get(job.name)
            if record is not None and record["certificate"] is not None:
                of_task[job.name] = record["certificate"]
    return {task: tuple(of_task.values()) for task, of_task in certificates.items()}


def _demand_one_code(records: Iterable[Record]) -> None:
    """Checks that the records of each environment were made by one version of its rules.

    In a folder only records of the installed rules are found. An archive may have been put together
    by hand.
    """
    first: dict[str, str] = {}
    for record in records:
        environment, rules = (record["identity"][key] for key in ("environment", "rules_version"))
        if first.setdefault(environment, rules) != rules:
            raise SafetyEnvsError(
                f"records of {environment} were made by rules {first[environment]} and {rules}: "
                "results of different rules are not compared; run all of them with one version"
            )


def _lines(path: Path) -> Iterator[Record]:
    try:
        text = gzip.decompress(path.read_bytes()).decode()
    except (OSError, EOFError, ValueError) as error:
        raise SafetyEnvsError(f"{path} cannot be read: {error}") from error
    for number, line in enumerate(text.splitlines(), 1):
        try:
            record = json.loads(line)
        except ValueError as error:
            raise SafetyEnvsError(f"line {number} of {path} is not JSON: {error}") from error
        yield checked_record(record, f"line {number} of {path}", FORMAT)


def _key(identity: Mapping[str, Any]) -> str:
    """Returns an identity as text, without versions of rules: archives outlive them."""
    return json.dumps(_without_versions(identity), sort_keys=True)


def _without_versions(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {
        name: _without_versions(each) for name, each in value.items() if name != "rules_version"
    }
