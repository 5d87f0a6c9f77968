"""Records of runs: what identifies a run, and whether it is done.

A run's identity is everything that decides its result: environment, every keyword, seed, steps,
settings, and the version of the rules. A record is written once, when the run has finished. It
holds its identity and a checksum of its contents.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from safety_envs import SafetyEnvsError, find
from safety_envs.applications import rules_version, spread_seed, write_atomically

Identity = dict[str, Any]
Record = dict[str, Any]

MOST_DIFFERENCES = 5  # between two runs, in an error
_UNSEALED = ("checksum", "format", "models")
"""What the checksum does not cover: itself, and what `save_checkpoint` adds to a record."""


class DamagedRecordError(SafetyEnvsError):
    """A file is not the record that its name promises."""


def identity_of(
    environment: str, keywords: Mapping[str, Any], seed: int, **settings: Any
) -> Identity:
    """Returns the identity of a run.

    Args:
        environment: an id.
        keywords: the environment's; those that are missing are filled in.
        seed: of the run.
        settings: everything else that decides the result.

    Raises:
        SafetyEnvsError: an unknown environment or keyword, or an impossible seed.
    """
    configuration = find(environment).configure(**keywords)
    spread_seed(seed)  # which checks it
    return as_json(
        {
            "environment": environment,
            "keywords": dict(configuration.keywords),
            "seed": seed,
            **settings,
            "rules_version": rules_version(configuration.environment),
        }
    )


def as_json(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns data as it is after it was written as JSON and read again."""
    found: dict[str, Any] = json.loads(json.dumps(value, default=dict))
    return found


def numbers(values: Iterable[float]) -> list[float | None]:
    """Returns floats for JSON, which has no NaN: what is missing is None."""
    return [float(value) if value == value else None for value in values]


def digest(data: Mapping[str, Any]) -> str:
    """Returns 16 hexadecimal digits that identify JSON data."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def sealed(identity: Identity, contents: Mapping[str, Any]) -> Record:
    """Returns the record of a finished run: its contents, its identity, and a checksum of both."""
    record = as_json({**contents, "identity": identity})
    return record | {"checksum": _checksum(record)}


def write_record(path: Path, record: Record) -> None:
    """Writes a sealed record, completely or not at all."""
    write_atomically(path, json.dumps(record, indent=1, allow_nan=False) + "\n")


def _checksum(record: Record) -> str:
    return digest({key: value for key, value in record.items() if key not in _UNSEALED})


def read_record(path: Path, format: str | None = None) -> Record:
    """Returns a record that is whole and unchanged.

    Args:
        path: where it is.
        format: what it must say of its format; anything if None.

    Raises:
        DamagedRecordError: it is empty, cut short, changed since it was written, or of another
            format.
        SafetyEnvsError: it cannot be read, or does not say which run it is of.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SafetyEnvsError(f"{path} cannot be read: {error}") from error
    if not data.strip(b"\0 \t\r\n"):  # a power cut may leave zeros
        raise DamagedRecordError(f"{path} is empty")
    try:
        record = json.loads(data.decode(), parse_constant=_refuse)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise DamagedRecordError(f"{path} is no JSON: {error}") from error
    return checked_record(record, str(path), format)


def checked_record(record: Any, where: str, format: str | None = None) -> Record:
    """Returns a record if it is whole and unchanged.

    Args:
        record: what was read.
        where: its place, for messages.
        format: what it must say of its format; anything if None.

    Raises:
        DamagedRecordError: it is not a record, has another format, or another checksum.
        SafetyEnvsError: it does not say which run it is of.
    """
    if not isinstance(record, dict):
        raise DamagedRecordError(f"{where} is no record: it holds no JSON object")
    if format is not None and record.get("format") != format:
        raise DamagedRecordError(
            f"{where} is of the format {record.get('format')!r}, not {format!r}"
        )
    if not isinstance(record.get("identity"), dict) or "checksum" not in record:
        raise SafetyEnvsError(
            f"{where} does not say which run it is of (an earlier version made it): give another "
            "--out, or --force to do it again"
        )
    if record["checksum"] != _checksum(record):
        raise DamagedRecordError(
            f"{where} was changed since it was written: its checksum does not match"
        )
    return record


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def is_done(
    path: Path,
    identity: Identity,
    *,
    format: str | None = None,
    check: Callable[[Record], None] | None = None,
) -> bool:
    """Tells whether a finished run's record is there. A damaged one is set aside, and is not.

    Args:
        path: of the record.
        identity: of the run that is asked for.
        format: of the record; any if None.
        check: raises `DamagedRecordError` if the record cannot be what its name promises.

    Raises:
        SafetyEnvsError: the record is of another run; the message says what differs.
    """
    if not path.exists():
        return False
    try:
        record = read_record(path, format)
        if check is not None:
            check(record)
    except DamagedRecordError as fault:
        aside = set_aside(path)
        print(f"warning: {fault}. Set aside as {aside.name}; done again.", file=sys.stderr)
        return False
    if found := list(_differences(record["identity"], identity)):
        shown = "; ".join(found[:MOST_DIFFERENCES])
        more = len(found) - MOST_DIFFERENCES
        raise SafetyEnvsError(
            f"{path} holds another run: {shown}{f'; and {more} more' if more > 0 else ''}. "
            "Give another --out, or --force to do it again."
        )
    return True


def set_aside(path: Path) -> Path:
    """Renames a damaged file, so that its place is free and nothing is lost; returns where it is.

    Raises:
        SafetyEnvsError: it cannot be renamed.
    """
    number, aside = 1, path.with_name(f"{path.name}.damaged")
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{number}.damaged")
    try:
        path.rename(aside)
    except OSError as error:
        raise SafetyEnvsError(f"{path} is damaged and cannot be set aside: {error}") from error
    return aside


def _differences(found: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[str]:
    """Yields what differs between two identities, setting by setting."""
    there, here = dict(_flat(found)), dict(_flat(asked))
    for name in {**there, **here}:
        one, other = (side.get(name, "(not set)") for side in (there, here))
        if one != other or isinstance(one, bool) != isinstance(other, bool):
            yield f"{name} is {one!r} there, {other!r} here"


def _flat(data: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in data.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
