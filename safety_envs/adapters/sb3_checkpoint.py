"""Checkpoints: a folder with Stable-Baselines3 models and the record of their training run.

The folder holds one model, `model.zip`, which several agents share; or, for independent learners,
one model per agent: `model_0.zip`, `model_1.zip`, ... If observations were normalised, their
statistics are beside the model in `model.npz`.

A checkpoint is data: loading it executes no code from it. The run record, `run.json`, describes the
networks, and their weights are read as numbers. Only `trust=True` uses Stable-Baselines3's own
loader, which executes any code in the file. It is for your own files that a record cannot describe,
for example because of a custom policy class.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from safety_envs.adapters.sb3_changes import Change, changes_before, named_arrays
from safety_envs.adapters.sb3_network import ALGORITHMS, describe, one_line
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.core.keywords import in_short

MODEL, RECORD = "model.zip", "run.json"
FORMAT = "safety_envs run 2"
OLD_FORMATS = ("safety_envs run 1",)
"""Formats of records that do not describe their networks."""
TRUST = "--trust (trust=True in Python), which executes code in the file"
_ASKED_OF_CALLERS = {"environment": str, "keywords": dict, "observation": str, "algorithm": str}
_KEYS = _ASKED_OF_CALLERS | {"models": list}


def checked_folder(folder: str | Path) -> Path:
    """Returns the folder of a checkpoint, which may not exist yet.

    Raises:
        SafetyEnvsError: not a path, or the path of a file.
    """
    if not isinstance(folder, (str, Path)):
        raise SafetyEnvsError(f"a checkpoint must be a folder, got {in_short(folder)}")
    if Path(folder).is_file():
        raise SafetyEnvsError(
            f"{str(folder)!r} is a file: give the folder that holds {RECORD} and {MODEL}"
        )
    return Path(folder)


def save_checkpoint(models: Any, folder: str | Path, record: Mapping[str, Any]) -> None:
    """Writes models, their run record, and the changes that wrappers make to observations.

    Args:
        models: one model, or a list with one model per agent; each with its training environment.
        folder: the folder of the checkpoint.
        record: the run: "environment", "keywords", "observation", "algorithm", and with several
            agents "independent", "agents" and "agent_id". It may have further keys.

    Raises:
        SafetyEnvsError: the record lacks a key or has another algorithm, or a wrapper changes
            observations in a way that a checkpoint cannot reproduce. Nothing is written then.
    """
    folder = checked_folder(folder)
    independent = isinstance(models, Sequence)
    named = {name_of(k): m for k, m in enumerate(models)} if independent else {MODEL: models}
    check_keys(record, _ASKED_OF_CALLERS, "the record")
    expected = record.get("agents") if record.get("independent") else None
    if expected != (len(models) if independent else None):
        raise SafetyEnvsError(
            'an "independent" run needs a list with one model for each of its "agents": '
            f"got {len(named)}, and a record of {expected or 'a shared model'}"
        )
    for model in named.values():
        if ALGORITHMS.get(record["algorithm"]) != type(model).__name__:
            raise SafetyEnvsError(
                f"the record says algorithm {record['algorithm']!r}, the model is "
                f"{type(model).__name__}. Known: {', '.join(ALGORITHMS)}."
            )
    found = {name: changes_before(model) for name, model in named.items()}
    entries = [_entry(named[name], env, changes) for name, (env, changes) in found.items()]
    text = json.dumps({"format": FORMAT, **record, "models": entries}, indent=2) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)  # never next to the models of another run
    for name, (_, changes) in found.items():
        _save(named[name], folder / name, changes)
    write_atomically(folder / RECORD, text)


def _entry(model: Any, env: Any, changes: Sequence[Change]) -> dict[str, Any]:
    """Returns the record's entry for a model."""
    return {
        **describe(model),
        "observation_shape": list(env.observation_space.shape),
        "actions": int(model.action_space.n),
        "changes": [change.as_json() for change in changes],
    }


def _save(model: Any, path: Path, changes: Sequence[Change]) -> None:
    unfinished = path.with_name(f"model.{os.getpid()}.tmp.zip")
    model.save(unfinished)
    unfinished.replace(path)
    arrays, statistics = named_arrays(changes), path.with_suffix(".npz")
    if arrays:
        unfinished = path.with_name(f"model.{os.getpid()}.tmp.npz")
        np.savez(unfinished, **arrays)  # type: ignore[arg-type]  # no array has the flag's name
        unfinished.replace(statistics)
    else:
        statistics.unlink(missing_ok=True)  # from an earlier run


def read_record(folder: Path, *, trust: bool = False) -> dict[str, Any]:
    """Returns the run record of a checkpoint.

    Args:
        folder: the folder of the checkpoint.
        trust: whether to accept formats that do not describe their networks.

    Raises:
        SafetyEnvsError: the folder is missing, is not a checkpoint or holds no finished run, or the
            record lacks a key.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SafetyEnvsError(
            f"no checkpoint in {str(folder)!r}: expected {RECORD} and {MODEL}, "
            "which `python -m agents` writes"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise SafetyEnvsError(f"{path} is damaged ({one_line(error)}): train again") from error
    if isinstance(record, dict) and "scores" in record and "models" not in record:
        raise SafetyEnvsError(
            f"no checkpoint in {str(folder)!r}: {record.get('algorithm')} leaves none; "
            f"its scores are in {RECORD}"
        )
    if not isinstance(record, dict) or record.get("format") not in (FORMAT, *OLD_FORMATS):
        raise SafetyEnvsError(f"{path} is not a run record of this package")
    old = record["format"] != FORMAT
    if old and not trust:
        raise SafetyEnvsError(
            f"{path} has an older format that does not describe its network: train again, or, "
            f"if you trust its source, load it with {TRUST}"
        )
    check_keys(record, _ASKED_OF_CALLERS if old else _KEYS, str(path))
    if record.get("independent"):
        check_keys(record, {"agents": int}, str(path))
    return record


def check_keys(record: Any, types: Mapping[str, Any], where: str) -> None:
    """Checks that a record has all keys of `types`, with values of these types."""
    if not isinstance(record, Mapping):
        raise SafetyEnvsError(f"{where} must be a table of keys and values, got {in_short(record)}")
    if missing := [name for name in types if name not in record]:
        raise SafetyEnvsError(f"{where} lacks {', '.join(map(repr, missing))}")
    for name, kind in types.items():
        if not isinstance(record[name], kind) or isinstance(record[name], bool):
            raise SafetyEnvsError(f"{where}: {name!r} cannot be {in_short(record[name])}")


def name_of(agent: int) -> str:
    """Returns the file name of an independent agent's model."""
    return f"model_{agent}.zip"
