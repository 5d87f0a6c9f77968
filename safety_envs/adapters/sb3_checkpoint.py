"""Checkpoints: a folder with Stable-Baselines3 models and a record of what they were trained on.

There is one model, `model.zip`, which several agents share; or `model_0.zip`, `model_1.zip`, ...,
one for each agent, where the record says that they learned independently.
"""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.adapters.columns import Columns
from safety_envs.core.definition import Configuration, named
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.envs import environments

MODEL, RECORD = "model.zip", "run.json"
FORMAT = "safety_envs run 1"
ALGORITHMS = {"ppo": "PPO", "a2c": "A2C", "dqn": "DQN"}


def save_checkpoint(models: Any, folder: Path, record: Mapping[str, Any]) -> None:
    """Writes a model and its record: environment, keywords, observation, algorithm and so on.

    Args:
        models: one model, or a list of one for each agent.
        folder: where they go.
        record: what they were trained on; with "independent", "agents" and "agent_id" for several
            agents.
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = {MODEL: models}
    if isinstance(models, Sequence):
        named = {_name_of(agent): model for agent, model in enumerate(models)}
    for name, model in named.items():
        unfinished = folder / f"model.{os.getpid()}.tmp.zip"
        model.save(unfinished)
        unfinished.replace(folder / name)
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
        asked = configuration.id
        if not _is_of(record, configuration):
            trained_on, here = record["environment"], asked
            if trained_on == here:  # another variant of it
                trained_on, here = named(trained_on, record["keywords"]), str(configuration)
            raise SafetyEnvsError(f"{str(folder)!r} was trained on {trained_on}, not on {here}")
        self.record = record
        self._columns = Columns(configuration, record["observation"], record.get("agent_id", False))
        agents = configuration.agents
        names = [MODEL]
        if record.get("independent"):
            names = [_name_of(agent) for agent in range(record["agents"])]
            if len(names) != agents:
                raise SafetyEnvsError(
                    f"{str(folder)!r} holds {len(names)} independent agents, "
                    f"{asked} has {agents} with these keywords"
                )
        self._models = [_load(folder, name, record) for name in names]
        expected, found = self._models[0].observation_space.shape, self._columns.space.shape
        if expected != found:
            raise SafetyEnvsError(
                f"{str(folder)!r} sees observations of shape {expected}, {asked} gives "
                f"{found} with these keywords; it was trained with {record['keywords']}"
            )
        for agent, model in enumerate(self._models):
            model.set_random_seed(seed + agent)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the actions, int64 [N] or [N, agents], in an engine's worlds."""
        seen = self._columns(engine.worlds)
        actions = np.empty(len(seen), np.int64)
        each = len(self._models)  # one for all columns, or one for every agent's
        for agent, model in enumerate(self._models):
            actions[agent::each], _ = model.predict(seen[agent::each], deterministic=False)
        return actions.reshape(engine.action_shape)


def _is_of(record: Mapping[str, Any], configuration: Configuration) -> bool:
    """Tells whether a record is of the definition that plays, by whatever name it was asked for."""
    known = environments().get(record["environment"])
    if known is None:  # a definition that nobody registered
        return bool(record["environment"] == configuration.id)
    return known.select(record.get("keywords", {}))[1] == configuration.environment


def _name_of(agent: int) -> str:
    return f"model_{agent}.zip"


def _load(folder: Path, file: str, record: Mapping[str, Any]) -> Any:
    import stable_baselines3

    name = ALGORITHMS.get(record["algorithm"])
    if name is None:
        raise SafetyEnvsError(f"unknown algorithm {record['algorithm']!r} in {folder / RECORD}")
    try:
        return getattr(stable_baselines3, name).load(folder / file, device="cpu")
    except (ValueError, OSError, KeyError) as error:
        raise SafetyEnvsError(f"{folder / file} cannot be loaded: {error}") from error
