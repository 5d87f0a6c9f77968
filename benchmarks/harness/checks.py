"""Checks of records: even if its checksum is right, faulty code may have written a record."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from agents.record import DamagedRecordError, Record
from benchmarks.harness.job import Job

_CLAIMS = {
    "run": ("environment", "keywords", "shift", "agent", "seed"),
    "scale": ("environment", "keywords"),
}
"""Kind of record -> what it says for readers, and its identity says as well."""


def check(record: Record, job: Job) -> None:
    """Checks that a record is that of a job, and holds what it must.

    Raises:
        DamagedRecordError: it is not, or something is missing or impossible.
    """
    if record["identity"] != job.identity:
        raise DamagedRecordError(f"the record {job.name} is that of another job")
    kind = record.get("kind")
    if kind != job.identity["kind"]:
        raise DamagedRecordError(f"the record {job.name} is of the kind {kind!r}")
    try:
        for name in _CLAIMS.get(kind, ()):
            if record[name] != job.identity[name]:
                raise DamagedRecordError(
                    f"the record {job.name} says {name} {record[name]!r}, its identity "
                    f"{job.identity[name]!r}"
                )
        if kind == "run":
            _check_run(record, job)
        elif kind == "scale" and record["certificate"] is not None:
            _check_certificate(record["certificate"], job)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedRecordError(f"the record {job.name} lacks something: {error!r}") from error


def _check_run(record: Record, job: Job) -> None:
    episodes = len(job.identity["episode_seeds"])
    for found in filter(None, (record, record["shifted"])):
        for name in ("reward", "performance"):
            _each(found["scores"][name], _is_number, f"score of {name}", job)
        for name, values in found["scores"].items():
            _each(values, _is_number_or_none, f"score of {name}", job)
        for name, values in found["episodes"].items():
            _each(values, _is_number_or_none, f"episode's {name}", job)
            if len(values) != episodes:
                raise DamagedRecordError(
                    f"the record {job.name} has {len(values)} episodes of {name}, not {episodes}"
                )
    if (shifted := bool(record["shift"])) != bool(record["shifted"]):
        raise DamagedRecordError(
            f"the record {job.name} {'lacks' if shifted else 'has'} a shifted evaluation"
        )


def _check_certificate(found: Mapping[str, Any], job: Job) -> None:
    uniform = found["uniform"]
    ends = list(uniform.values() if isinstance(uniform, Mapping) else uniform)
    ends += [found["best_reward"], found["best_performance"]]
    ends += found.get("performance_interval", [])
    _each(ends, _is_number, "end of the scale", job)


def _each(values: Any, is_valid: Callable[[Any], bool], name: str, job: Job) -> None:
    if not isinstance(values, list) or not values:
        raise DamagedRecordError(f"the record {job.name} has no {name}")
    for value in values:
        if not is_valid(value):
            raise DamagedRecordError(f"the record {job.name} has {value!r} as {name}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_number_or_none(value: Any) -> bool:
    return value is None or _is_number(value)
