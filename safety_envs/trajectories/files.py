"""Trajectory files: a `.npz` archive that also contains JSON metadata.

The metadata, `trajectory.json` in the archive, holds the format, the environment's id and keywords,
the seeds, the version of the rules and the keys of the table. The arrays are those of `Trajectory`
and are read without pickle. Loading replays the episodes and compares the results.
"""

import json
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import atomic_file
from safety_envs.core.keywords import in_short
from safety_envs.core.rules import rules_version
from safety_envs.envs import find
from safety_envs.trajectories.replay import difference
from safety_envs.trajectories.trajectory import Trajectory

FORMAT = "safety_envs trajectory 1"
RECORD = "trajectory.json"
_KEYS = {"environment": str, "keywords": dict, "seeds": list, "rules": str, "keys": list}
_ARRAYS = ("actions", "rewards", "terminated", "truncated", "table")
_KEPT = ("worlds", "dice")

Array = npt.NDArray[Any]


def save(trajectory: Trajectory, path: str | Path) -> None:
    """Writes a trajectory; see `Trajectory.save`. Equal trajectories have equal files."""
    path, configuration = _checked(path), trajectory.configuration
    if find(configuration.id) is not configuration.asked:
        raise SafetyEnvsError(
            f"{configuration.id} differs from the registered definition with this id, so the "
            "trajectory could not be loaded: register yours under its own id"
        )
    record = {
        "format": FORMAT,
        "environment": configuration.id,
        "keywords": dict(configuration.keywords),
        "seeds": list(trajectory.seeds),
        "rules": rules_version(configuration.asked),
        "keys": list(trajectory.keys),
    }
    arrays: Any = trajectory.arrays()
    text = json.dumps(record, indent=2) + "\n"
    try:
        with atomic_file(path) as unfinished:
            np.savez_compressed(unfinished, **arrays)
            with zipfile.ZipFile(unfinished, "a", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(zipfile.ZipInfo(RECORD), text)
    except OSError as error:
        raise SafetyEnvsError(f"cannot write {str(path)!r}: {error}") from error


def load(path: str | Path, compile_rules: bool | None = True) -> Trajectory:
    """Reads a trajectory and replays it; see `Trajectory.load`."""
    path = _checked(path)
    record = _read_record(path)
    configuration = _configuration(path, record)
    recorded = _read_arrays(path)
    rules, recorded_rules = rules_version(configuration.asked), record["rules"]
    if rules == recorded_rules:
        cause = (
            "The rules are the same, so the file was modified, or this machine computes "
            "different numbers."
        )
    else:
        cause = (
            f"The rules have changed (it was recorded with {in_short(recorded_rules)}, "
            f"the current version is {rules!r}): load it with the package version that recorded it."
        )
    try:
        played = Trajectory.of_actions(
            configuration,
            record["seeds"],
            recorded["actions"],
            worlds="worlds" in recorded,
            compile_rules=compile_rules,
        )
    except SafetyEnvsError as error:
        raise SafetyEnvsError(f"{path} cannot be replayed: {error}. {cause}") from error
    found = difference(recorded, played.arrays())
    if found is None and record["keys"] != list(played.keys):
        found = f"its metrics were {record['keys']} and are now {list(played.keys)}"
    if found is not None:
        raise SafetyEnvsError(f"{path} does not replay as recorded: {found}. {cause}")
    if rules != recorded_rules:
        warnings.warn(
            f"{path} was recorded with the rules {in_short(recorded_rules)}, the current version "
            f"is {rules!r}; its episodes are the same under both.",
            stacklevel=3,
        )
    return played


def _checked(path: Any) -> Path:
    if not isinstance(path, (str, Path)) or Path(path).suffix != ".npz":
        raise SafetyEnvsError(f"a trajectory must be a .npz file, got {in_short(path)}")
    return Path(path)


def _read_record(path: Path) -> Mapping[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            record = json.loads(archive.read(RECORD))
    except FileNotFoundError:
        raise SafetyEnvsError(f"there is no file {str(path)!r}") from None
    except (zipfile.BadZipFile, KeyError) as error:
        raise SafetyEnvsError(
            f"{path} is damaged or not a trajectory: expected a .npz file that contains {RECORD}"
        ) from error
    except Exception as error:  # a damaged file may raise any error
        raise _damaged(path, error) from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise SafetyEnvsError(f"{path} is not a trajectory of the format {FORMAT!r}")
    for name, kind in _KEYS.items():
        if not isinstance(record.get(name), kind):
            raise SafetyEnvsError(
                f"{path} is damaged: {name!r} cannot be {in_short(record.get(name))}"
            )
    return record


def _configuration(path: Path, record: Mapping[str, Any]) -> Configuration:
    try:
        return find(record["environment"]).configure(**record["keywords"])
    except SafetyEnvsError as error:
        raise SafetyEnvsError(f"{path} cannot be replayed: {error}") from error


def _read_arrays(path: Path) -> dict[str, Array]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            kept = _KEPT if any(name in archive for name in _KEPT) else ()
            arrays = {name: archive[name] for name in (*kept, *_ARRAYS)}
    except Exception as error:  # a damaged file may raise any error
        raise _damaged(path, error) from error
    for name, array in arrays.items():
        if not isinstance(array, np.ndarray) or array.ndim < 2:
            raise SafetyEnvsError(f"{path} is damaged: {name!r} is no table of steps and episodes")
    return arrays


def _damaged(path: Path, error: Exception) -> SafetyEnvsError:
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return SafetyEnvsError(f"{path} is damaged ({text}): it cannot be read")
