"""Snapshots: a training that is killed continues from the last one, to the same result.

A snapshot holds everything that decides how a training goes on: the worlds with their wrappers, the
networks and the optimizer, the replay buffer, and the states of all random generators. It is taken
where a rollout begins, since nothing is half done there.
"""

import hashlib
import inspect
import io
import pickle
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import cloudpickle
import numpy as np
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.algorithms.algorithm import Run
from agents.provenance import versions
from agents.record import Identity, digest
from safety_envs.applications import atomic_file

NAME = "resume.pkl"
_MOST_TIME = 20  # a snapshot may take one part in 20 of the time
_COUNTERS = (
    "num_timesteps",
    "ep_info_buffer",
    "ep_success_buffer",
    "exploration_rate",
    "replay_buffer",
    "_current_progress_remaining",
    "_episode_num",
    "_last_episode_starts",
    "_last_lstm_states",
    "_last_obs",
    "_last_original_obs",
    "_n_calls",
    "_n_updates",
)
"""Attributes of models that change in training, apart from networks. Some models lack some."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a training with Stable-Baselines3.

    Attributes:
        model: attribute -> its value.
        networks: the state of the policy, target networks included.
        optimizer: the state of the optimizer.
        venv: the worlds with all their wrappers.
        actions: the state of the generator of random actions.
        generators: the states of the process's random generators.
        table_size: how many bytes of episodes.csv were written.
        seconds: how long the training had taken.
    """

    model: dict[str, Any]
    networks: dict[str, Any]
    optimizer: dict[str, Any]
    venv: Any
    actions: Any
    generators: tuple[Any, Any, Any]
    table_size: int
    seconds: float

    @classmethod
    def of(cls, model: Any, table_size: int, seconds: float) -> Self:
        """Returns the state of a model where a rollout begins."""
        return cls(
            model={name: getattr(model, name) for name in _COUNTERS if hasattr(model, name)},
            networks=model.policy.state_dict(),
            optimizer=model.policy.optimizer.state_dict(),
            venv=model.env,
            actions=model.action_space.np_random.bit_generator.state,
            generators=_generators(),
            table_size=table_size,
            seconds=seconds,
        )

    def restore(self, model: Any) -> int:
        """Brings a new model to this state; returns how many steps it has taken.

        The process's random generators are set as well, so the model must learn next.
        """
        import torch

        for name, value in self.model.items():
            setattr(model, name, value)
        model.policy.load_state_dict(self.networks)
        model.policy.optimizer.load_state_dict(self.optimizer)
        model.set_env(self.venv, force_reset=False)
        model.action_space.np_random.bit_generator.state = self.actions
        of_python, of_numpy, of_torch = self.generators
        random.setstate(of_python)
        np.random.set_state(of_numpy)  # noqa: NPY002 - Stable-Baselines3 draws from it
        torch.set_rng_state(of_torch)
        return int(model.num_timesteps)

    def write(self, folder: Path, identity: Identity) -> None:
        """Writes the snapshot, completely or not at all."""
        buffer = io.BytesIO()
        _Pickler(buffer, protocol=pickle.HIGHEST_PROTOCOL).dump(self)
        contents = buffer.getbuffer()  # a replay buffer is large: no further copy of it
        with atomic_file(folder / NAME) as path, path.open("wb") as file:
            file.write(_header(identity, contents))
            file.write(contents)

    @classmethod
    def read(cls, folder: Path, identity: Identity) -> Self | None:
        """Returns the snapshot of a training, None if there is none that can be used.

        Nothing is unpickled unless its header names this training and these versions.
        """
        path = folder / NAME
        if not path.exists():
            return None
        written = path.read_bytes()
        contents = memoryview(written)[written.find(b"\n") + 1 :]
        if not written.startswith(_header(identity, contents)):
            return None
        snapshot = pickle.loads(contents)
        table = folder / "episodes.csv"
        if not table.exists() or table.stat().st_size < snapshot.table_size:
            return None
        return snapshot  # type: ignore[no-any-return]


class Snapshots(BaseCallback):
    """Takes a snapshot where a rollout begins, if enough time has passed since the last one.

    Args:
        run: where it goes and how often.
        identity: of the training.
        table: its episodes.csv.

    Attributes:
        seconds_before: how long earlier processes have trained.
    """

    def __init__(self, run: Run, identity: Identity, table: Path) -> None:
        super().__init__()
        self._run, self._identity, self._table = run, identity, table
        self._started = self._next = 0.0
        self._possible = True
        self.seconds_before = 0.0

    def _on_training_start(self) -> None:
        self._started = time.perf_counter()
        self._next = self._started + self._run.snapshot_every

    def _on_rollout_start(self) -> None:
        now = time.perf_counter()
        if now < self._next or not self._possible:
            return
        self._take(now)
        taken = time.perf_counter() - now
        pause = 0.0 if self._run.snapshot_every == 0 else _MOST_TIME * taken
        self._next = now + max(self._run.snapshot_every, pause)

    def _take(self, now: float) -> None:
        seconds = self.seconds_before + now - self._started
        try:
            snapshot = Snapshot.of(self.model, self._table.stat().st_size, seconds)
            snapshot.write(self._run.folder, self._identity)
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            self._possible = False
            print(f"warning: this training cannot be resumed: {error}", file=sys.stderr)

    def _on_step(self) -> bool:
        return True


def _generators() -> tuple[Any, Any, Any]:
    import torch

    of_numpy = np.random.get_state()  # noqa: NPY002 - Stable-Baselines3 draws from it
    return random.getstate(), of_numpy, torch.get_rng_state()


def _header(identity: Identity, contents: memoryview) -> bytes:
    """Returns the first line of a snapshot: whose it is, by which versions, and a checksum."""
    key = digest({"identity": identity, "versions": versions()})
    return f"safety_envs snapshot 1 {key} {hashlib.sha256(contents).hexdigest()}\n".encode()


class _Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
    """Pickles wrappers whole: `VecNormalize` leaves out what it wraps, and its returns."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, VecEnvWrapper):
            state = {k: v for k, v in vars(value).items() if k != "class_attributes"}
            return object.__new__, (type(value),), state, None, None, _set_state
        return super().reducer_override(value)


def _set_state(wrapper: Any, state: dict[str, Any]) -> None:
    vars(wrapper).update(state, class_attributes=dict(inspect.getmembers(type(wrapper))))
