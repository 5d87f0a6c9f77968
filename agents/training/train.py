"""Training with Stable-Baselines3: one agent, several that share a model, or that do not."""

import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.algorithms.independent import Table
from agents.methods import social_method
from agents.methods.social_rewards import SocialRewards
from agents.provenance import command, provenance
from agents.record import DamagedRecordError, Record, is_done, sealed
from agents.seeds import model_seed, world_seed
from agents.training.curve import curve_and_end
from agents.training.metrics_log import MetricsLog
from agents.training.schedule import KNOWN_TO_SB3, Line, Schedules, is_schedule, linear
from agents.training.training import Training
from safety_envs import save_checkpoint

Progress = Callable[[int], object]
"""Is called with the number of steps taken so far."""


def train(training: Training, folder: Path, progress: Progress | None = None) -> Record:
    """Trains an agent and leaves a checkpoint, `episodes.csv` and TensorBoard logs in a folder.

    Only a run that has finished leaves a record; an interrupted one leaves its logs alone.

    Args:
        training: what to train.
        folder: where everything goes.
        progress: is called now and then.

    Returns:
        The record that was written beside the checkpoint. It holds "curve" and "end", see
        `curve_and_end`.

    Raises:
        SafetyEnvsError: the training is impossible; nothing has been written then.
    """
    import torch

    training.check()
    torch.set_num_threads(1)  # small networks: more threads only wait for each other
    options, lines = model_options(training.all_settings)
    worlds = training.worlds(options.pop("num_envs"))
    venv = _wrapped(training, worlds, options)
    _clear(folder)
    table = Table(venv, worlds.num_agents) if training.independent else None
    envs = [venv] if table is None else table.seats
    models = [
        _model(training, env, model_seed(training.seed, k), folder, options)
        for k, env in enumerate(envs)
    ]
    worlds.seed(world_seed(training.seed))  # each model has seeded them with its own seed

    def learn(model: Any, number: int) -> None:
        suffix = f"_{number}" if training.independent else ""
        sharing = 1 if training.independent else worlds.num_agents
        log = MetricsLog(worlds.configuration, folder / f"episodes{suffix}.csv", sharing, number)
        callbacks = [log, Schedules(lines)]
        if progress is not None and number == 0:
            callbacks.append(_progress_callback(lambda done: progress(done * len(models))))
        name = f"tensorboard{suffix}"
        model.learn(training.steps // len(models), callback=callbacks, tb_log_name=name)

    started = time.perf_counter()
    learn(models[0], 0) if table is None else table.learn(models, learn)
    contents = {
        "algorithm": training.algorithm,
        "environment": training.environment,
        "keywords": dict(worlds.configuration.keywords),
        "observation": worlds.columns.encoding,
        "independent": training.independent,
        "agents": worlds.num_agents,
        "agent_id": training.agent_id,
        "method": training.method,
        "method_settings": dict(training.method_settings),
        "seed": training.seed,
        "steps": sum(int(model.num_timesteps) for model in models),
        "seconds": round(time.perf_counter() - started, 1),
        "settings": training.all_settings,
        "versions": provenance(),
        "command": command(),
        **curve_and_end(sorted(folder.glob("episodes*.csv")), training.steps),
    }
    record = sealed(training.identity, contents)
    save_checkpoint(models if training.independent else models[0], folder, record)
    return record


def _wrapped(training: Training, worlds: Any, options: dict[str, Any]) -> Any:
    """Returns worlds as the learner sees them; takes what it uses out of the options."""
    venv = worlds
    if training.method is not None:
        method = social_method(training.method, worlds, **training.method_settings)
        venv = SocialRewards(worlds, method)
    scaled = {name: options.pop(f"normalise_{name}", False) for name in ("observation", "reward")}
    if any(scaled.values()):
        venv = _normalised(venv, scaled, options["gamma"])
    return venv


def is_trained(training: Training, folder: Path) -> bool:
    """Tells whether a folder holds the finished run of a training; see `agents.record.is_done`.

    Raises:
        SafetyEnvsError: it holds another run.
    """

    def check(record: Record) -> None:
        numbers = range(record["agents"]) if record["independent"] else [None]
        names = ["model.zip" if k is None else f"model_{k}.zip" for k in numbers]
        for path in [folder / name for name in names]:
            if not zipfile.is_zipfile(path):
                raise DamagedRecordError(f"{path} is missing or cut short")

    return is_done(folder / "run.json", training.identity, check=check)


def _clear(folder: Path) -> None:
    """Readies a folder for a run: what an earlier one left must not pass for this one's.

    The record goes first: without it nothing else counts as finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").unlink(missing_ok=True)
    for pattern in ("model*.zip", "model*.npz", "episodes*.csv"):
        for path in folder.glob(pattern):
            path.unlink()


def _model(
    training: Training, env: Any, seed: int, folder: Path, options: Mapping[str, Any]
) -> Any:
    import stable_baselines3

    kind = getattr(stable_baselines3, training.algorithm.upper())
    return kind(
        "MlpPolicy", env, seed=seed, device="cpu", tensorboard_log=str(folder), **options
    )  # fmt: skip


def model_options(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Line]]:
    """Returns the arguments that settings stand for, and the schedules that SB3 does not know."""
    import torch

    options, lines = dict(settings), {}
    for name in filter(lambda name: is_schedule(settings[name]), settings):
        options[name] = linear(settings[name])
        if name not in KNOWN_TO_SB3:
            lines[name], options[name] = options[name], settings[name]["from"]
    network = dict(options.get("policy_kwargs", {}))
    if "activation_fn" in network:
        network["activation_fn"] = getattr(torch.nn, network["activation_fn"])
    options["policy_kwargs"] = network
    return options, lines


def _normalised(venv: Any, scaled: Mapping[str, bool], gamma: float) -> Any:
    """Brings observations, rewards or both to one size; what is logged and judged stays.

    Rewards are divided by the spread of discounted returns. The statistics of the observations go
    into the checkpoint.
    """
    from stable_baselines3.common.vec_env import VecNormalize

    observation, reward = scaled["observation"], scaled["reward"]
    return VecNormalize(
        venv, norm_obs=observation, norm_reward=reward, clip_reward=np.inf, gamma=gamma
    )  # fmt: skip


def _progress_callback(progress: Any) -> Any:
    from stable_baselines3.common.callbacks import BaseCallback

    class Progress(BaseCallback):
        def _on_step(self) -> bool:
            if self.n_calls % 16 == 0:
                progress(self.num_timesteps)
            return True

        def _on_training_end(self) -> None:
            progress(self.num_timesteps)

    return Progress()
