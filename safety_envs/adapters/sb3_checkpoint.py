"""Checkpoints: a folder with a Stable-Baselines3 model and a record of what it was trained on."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.core.observe import Observer

MODEL, RECORD = "model.zip", "run.json"
FORMAT = "safety_envs run 1"
ALGORITHMS = {"ppo": "PPO", "a2c": "A2C", "dqn": "DQN"}


def save_checkpoint(model: Any, folder: Path, record: Mapping[str, Any]) -> None:
    """Writes a model and its record: environment, keywords, observation, algorithm and so on."""
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f"model.{os.getpid()}.tmp.zip"
    model.save(unfinished)
    unfinished.replace(folder / MODEL)
    write_atomically(folder / RECORD, json.dumps({"format": FORMAT, **record}, indent=2) + "\n")


def read_record(folder: Path) -> dict[str, Any]:
    """Returns the record of a checkpoint.

    Raises:
        SafetyEnvsError: the folder is missing, is not ours or holds no finished run.
    """
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SafetyEnvsError(
            f"no checkpoint in {str(folder)!r}: expected {RECORD} and {MODEL}, "
            "as `python -m agents.train` writes them"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise SafetyEnvsError(f"{folder / RECORD} is damaged ({error}): train again") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise SafetyEnvsError(f"{folder / RECORD} is not a record of this package")
    return record


class TrainedPolicy:
    """A trained Stable-Baselines3 model that acts in an engine's worlds, sampling its actions.

    Args:
        folder: a checkpoint.
        configuration: where it is to act.
        seed: seeds the sampling of actions.

    Raises:
        SafetyEnvsError: the checkpoint is missing, damaged, or of another environment or size.
    """

    def __init__(self, folder: Path, configuration: Configuration, seed: int = 0) -> None:
        record = read_record(folder)
        asked = configuration.environment.id
        if record["environment"] != asked:
            raise SafetyEnvsError(
                f"{str(folder)!r} was trained on {record['environment']}, not on {asked}"
            )
        self.record = record
        self._observer = Observer(configuration, record["observation"])
        self._model = _load(folder, record)
        expected = self._model.observation_space.shape
        if expected != self._observer.shape:
            raise SafetyEnvsError(
                f"{str(folder)!r} sees observations of shape {expected}, {asked} gives "
                f"{self._observer.shape} with these keywords; it was trained with "
                f"{record['keywords']}"
            )
        self._model.set_random_seed(seed)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the model's actions, int64 [N], in an engine's worlds."""
        actions, _ = self._model.predict(self._observer(engine.worlds), deterministic=False)
        return np.asarray(actions, np.int64)


def _load(folder: Path, record: Mapping[str, Any]) -> Any:
    import stable_baselines3

    name = ALGORITHMS.get(record["algorithm"])
    if name is None:
        raise SafetyEnvsError(f"unknown algorithm {record['algorithm']!r} in {folder / RECORD}")
    try:
        return getattr(stable_baselines3, name).load(folder / MODEL, device="cpu")
    except (ValueError, OSError, KeyError) as error:
        raise SafetyEnvsError(f"{folder / MODEL} cannot be loaded: {error}") from error
