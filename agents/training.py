"""Training with Stable-Baselines3: one agent, several that share a model, or that do not."""

import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.independent import Table
from agents.methods import social_method
from agents.metrics_log import MetricsLog
from agents.plan import Plan
from agents.provenance import command, provenance
from agents.run import DamagedRecordError, Record, is_done, sealed
from agents.schedule import KNOWN_TO_SB3, Line, Schedules, is_schedule, linear
from agents.seeds import model_seed, world_seed
from agents.social_rewards import SocialRewards
from safety_envs import save_checkpoint


def train(
    algorithm: str,
    environment: str,
    *,
    keywords: Mapping[str, Any],
    seed: int,
    steps: int,
    folder: Path,
    observation: str | None = None,
    settings: Mapping[str, Any] | None = None,
    independent: bool = False,
    agent_id: bool = False,
    method: str | None = None,
    method_settings: Mapping[str, Any] | None = None,
    progress: Any = None,
) -> dict[str, Any]:
    """Trains an agent and leaves a checkpoint, `episodes.csv` and TensorBoard logs in a folder.

    A record is left only by a run that has finished: what is interrupted leaves its logs alone.

    Args:
        algorithm: a key of `SETTINGS`.
        environment: an id.
        keywords: the environment's.
        seed: of the run; the seeds of worlds and models are spread from it.
        steps: how many steps to train for, of worlds, or of agents where they are several; rounded
            up to whole rollouts.
        folder: where it all goes.
        observation: the encoding; the environment's first if None.
        settings: overrides of `SETTINGS[algorithm]`; "num_envs" counts worlds.
        independent: with several agents, each has its own model instead of sharing one.
        agent_id: with several agents, each is told its number.
        method: what several agents are made to care for, see `agents.methods`.
        method_settings: of the method.
        progress: called with the number of steps taken so far, now and then.

    Returns:
        The record that was written beside the checkpoint.

    Raises:
        SafetyEnvsError: an unknown algorithm, environment, keyword, observation or method, or a
            seed or number of steps that is none; nothing has been written then.
    """
    import torch

    plan = Plan(
        algorithm, environment, keywords, seed, steps, observation, settings or {}, independent,
        agent_id, method, method_settings or {},
    )  # fmt: skip
    identity = plan.identity
    torch.set_num_threads(1)  # small networks: more threads only wait for each other
    chosen = plan.all_settings
    options, lines = model_options(chosen)
    scaled = {name: options.pop(f"normalise_{name}", False) for name in ("observation", "reward")}
    worlds = plan.worlds(options.pop("num_envs"))
    venv: Any = worlds
    if method is not None:
        venv = SocialRewards(worlds, social_method(method, worlds, **(method_settings or {})))
    if any(scaled.values()):
        venv = _normalised(venv, scaled, chosen["gamma"])
    _clear(folder)
    table = Table(venv, worlds.num_agents) if independent else None
    envs = [venv] if table is None else table.seats
    models = [
        _model(algorithm, env, model_seed(seed, k), folder, options) for k, env in enumerate(envs)
    ]
    worlds.seed(world_seed(seed))  # each model has seeded them with its own seed

    def learn(model: Any, number: int) -> None:
        suffix = f"_{number}" if independent else ""
        sharing = 1 if independent else worlds.num_agents
        log = MetricsLog(worlds.configuration, folder / f"episodes{suffix}.csv", sharing, number)
        callbacks = [log, Schedules(lines)]
        if progress is not None and number == 0:
            callbacks.append(_progress_callback(lambda done: progress(done * len(models))))
        name = f"tensorboard{suffix}"
        model.learn(steps // len(models), callback=callbacks, tb_log_name=name)

    started = time.perf_counter()
    learn(models[0], 0) if table is None else table.learn(models, learn)
    contents = {
        "algorithm": algorithm,
        "environment": environment,
        "keywords": dict(worlds.configuration.keywords),
        "observation": worlds.columns.encoding,
        "independent": independent,
        "agents": worlds.num_agents,
        "agent_id": agent_id,
        "method": method,
        "method_settings": dict(method_settings or {}),
        "seed": seed,
        "steps": sum(int(model.num_timesteps) for model in models),
        "seconds": round(time.perf_counter() - started, 1),
        "settings": chosen,
        "versions": provenance(),
        "command": command(),
    }
    record = sealed(identity, contents)
    save_checkpoint(models if independent else models[0], folder, record)
    return record


def is_trained(plan: Plan, folder: Path) -> bool:
    """Tells whether a folder holds the finished run of a plan; see `agents.run.is_done`.

    Raises:
        SafetyEnvsError: it holds another run.
    """

    def check(record: Record) -> None:
        numbers = range(record["agents"]) if record["independent"] else [None]
        names = ["model.zip" if k is None else f"model_{k}.zip" for k in numbers]
        for path in [folder / name for name in names]:
            if not zipfile.is_zipfile(path):
                raise DamagedRecordError(f"{path} is missing or cut short")

    return is_done(folder / "run.json", plan.identity, check=check)


def _clear(folder: Path) -> None:
    """Readies a folder for a run: what an earlier one left must not pass for this one's.

    The record goes first: without it nothing else counts as finished.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").unlink(missing_ok=True)
    for pattern in ("model*.zip", "model*.npz", "episodes*.csv"):
        for path in folder.glob(pattern):
            path.unlink()


def _model(algorithm: str, env: Any, seed: int, folder: Path, options: Mapping[str, Any]) -> Any:
    import stable_baselines3

    kind = getattr(stable_baselines3, algorithm.upper())
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
