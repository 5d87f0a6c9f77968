"""Records of comparisons and studies: checked when they are read, however they came to be there."""

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from agents.record import DamagedRecordError, Identity, Record, is_done, read_record
from safety_envs import Configuration, SafetyEnvsError, find
from safety_envs.applications import rules_version

Check = Callable[[Record, Path], None]
"""Raises `DamagedRecordError` if a record is not what its file's name promises."""


class Filed(Protocol):
    """A job that leaves one record."""

    @property
    def path(self) -> Path:
        """Where its record is."""

    @property
    def identity(self) -> Identity:
        """All that decides its result."""


AnyJob = TypeVar("AnyJob", bound=Filed)


def still_to_do(jobs: Iterable[AnyJob], format: str, check: Check) -> list[AnyJob]:
    """Returns the jobs that have no record yet. Damaged records are set aside and named.

    Args:
        jobs: of one pipeline.
        format: of its records.
        check: of its records.

    Raises:
        SafetyEnvsError: a record is of another run, with other settings or other rules.
    """

    def done(job: AnyJob) -> bool:
        return is_done(
            job.path, job.identity, format=format, check=lambda record: check(record, job.path)
        )

    return [job for job in jobs if not done(job)]


def read_all(paths: Iterable[Path], format: str, check: Check) -> list[Record]:
    """Returns records that are whole, are what their names promise, and were made by one code.

    Args:
        paths: where they are.
        format: what they must say of their format.
        check: of its records.

    Raises:
        SafetyEnvsError: one is not, or two were made by different versions of the rules; the
            message names the files.
    """
    records: list[Record] = []
    first: dict[str, tuple[Path, str]] = {}
    for path in paths:
        record = read_record(path, format)
        check(record, path)
        environment, rules = (record["identity"][key] for key in ("environment", "rules_version"))
        where, others = first.setdefault(environment, (path, rules))
        if others != rules:
            raise SafetyEnvsError(
                f"{path} was made by rules {rules}, {where} by rules {others}: figures of "
                "different rules are not compared; make all of them with one version"
            )
        records.append(record)
    if not records:
        raise SafetyEnvsError("there are no records")
    return records


def check_claims(record: Record, path: Path, name: str, claims: Sequence[str]) -> None:
    """Checks that a record is the one that its file's name promises, and says so throughout.

    Args:
        record: to be checked.
        path: where it lies.
        name: of the file that it ought to lie in, without ending.
        claims: what the record says for readers, and its identity says as well.

    Raises:
        DamagedRecordError: it is not.
    """
    if path.stem != name:
        raise DamagedRecordError(f"{path} holds the record {name}")
    for key in claims:
        if record.get(key) != record["identity"].get(key):
            raise DamagedRecordError(
                f"{path} says {key} {record.get(key)!r}, its identity "
                f"{record['identity'].get(key)!r}"
            )


def of_these_rules(record: Record) -> bool:
    """Whether a record was made by the rules that are installed here."""
    identity = record["identity"]
    return bool(identity["rules_version"] == rules_version(find(identity["environment"])))


def configuration_of(record: Record, **changes: Any) -> Configuration:
    """Returns the configuration that a record is of."""
    identity = record["identity"]
    return find(identity["environment"]).configure(**{**identity["keywords"], **changes})


def check_episodes(found: Any, configuration: Configuration, count: int, path: Path) -> None:
    """Checks the metrics of episodes: all are there, as many as asked, and possible.

    Args:
        found: metric -> one number an episode, None where the metric was not defined.
        configuration: where they were played.
        count: how many episodes were asked for.
        path: of the record, for the message.

    Raises:
        DamagedRecordError: something is missing or impossible.
    """
    wanted = {"reward", "performance", "length", *configuration.environment.metrics} - {"cost"}
    if not isinstance(found, dict) or (missing := wanted - found.keys()):
        lacking = ", ".join(sorted(missing)) if isinstance(found, dict) else "all metrics"
        raise DamagedRecordError(f"{path} lacks {lacking} of its episodes")
    for name, values in found.items():
        if not isinstance(values, list) or len(values) != count:
            raise DamagedRecordError(f"{path} has not {count} episodes of {name}")
        required = name in ("reward", "performance", "length")
        for value in values:
            if not (is_number(value) or (value is None and not required)):
                raise DamagedRecordError(f"{path} has {value!r} as an episode's {name}")
    if not all(1 <= length <= configuration.max_steps for length in found["length"]):
        raise DamagedRecordError(
            f"{path} has episodes that are not 1 .. {configuration.max_steps} steps long"
        )


def is_number(value: Any) -> bool:
    """Whether something read from JSON is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def versions_of(records: Sequence[Record]) -> dict[str, str]:
    """Returns each thing that has a version with all versions that made some record."""
    found: dict[str, dict[str, None]] = {}
    for record in records:
        pairs = {**record["versions"], "rules": record["identity"]["rules_version"]}
        for name, version in pairs.items():
            found.setdefault(name, {})[version] = None
    return {name: ", ".join(versions) for name, versions in found.items()}


def sweep(folder: Path) -> None:
    """Removes what killed processes have left unfinished in a folder that is locked."""
    for path in folder.glob(".*.tmp*"):
        try:
            path.unlink()
        except OSError as error:
            print(f"warning: {path} cannot be removed: {error}", file=sys.stderr)
