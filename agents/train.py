"""Trains a Stable-Baselines3 agent: python -m agents.train ppo SafetyProxy-v0 --steps 200000.

Options that are keywords of the environment are passed on to it: --proxy events --size 7.
"""

import argparse
import os
import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from agents.metrics_log import MetricsLog
from agents.provenance import provenance
from agents.schedule import KNOWN_TO_SB3, Line, Schedules, is_schedule, linear
from agents.settings import SETTINGS
from safety_envs import (
    SafetyEnvsError,
    find,
    keywords_from,
    save_checkpoint,
    sb3_vec_env,
)


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
    progress: Any = None,
) -> dict[str, Any]:
    """Trains an agent and leaves a checkpoint, `episodes.csv` and TensorBoard logs in a folder.

    Args:
        algorithm: a key of `SETTINGS`.
        environment: an id.
        keywords: the environment's.
        seed: of agent and worlds.
        steps: how many steps of worlds to train for; rounded up to whole rollouts.
        folder: where it all goes.
        observation: the encoding; the environment's first if None.
        settings: overrides of `SETTINGS[algorithm]`.
        progress: called with the number of steps taken so far, now and then.

    Returns:
        The record that was written beside the checkpoint.

    Raises:
        SafetyEnvsError: an unknown algorithm, environment or keyword.
    """
    import stable_baselines3
    import torch

    if algorithm not in SETTINGS:
        raise SafetyEnvsError(f"unknown algorithm {algorithm!r}. Known: {', '.join(SETTINGS)}.")
    torch.set_num_threads(1)  # small networks: more threads only wait for each other
    chosen: dict[str, Any] = SETTINGS[algorithm] | dict(settings or {})
    options, lines = model_options(chosen)
    normalise_reward = options.pop("normalise_reward", False)
    venv = sb3_vec_env(
        environment, options.pop("num_envs"), observation=observation, seed=seed, **keywords
    )
    folder.mkdir(parents=True, exist_ok=True)
    kind = getattr(stable_baselines3, algorithm.upper())
    model = kind(
        "MlpPolicy",
        _with_rewards_of_one_size(venv, chosen["gamma"]) if normalise_reward else venv,
        seed=seed,
        device="cpu",
        tensorboard_log=str(folder),
        **options,
    )
    started = time.perf_counter()
    callbacks = [
        MetricsLog(venv.configuration, folder / "episodes.csv"),
        Schedules(lines),
    ]
    if progress is not None:
        callbacks.append(_progress_callback(progress))
    try:
        model.learn(steps, callback=callbacks, tb_log_name="tensorboard")
        finished = True
    except KeyboardInterrupt:  # what was learned so far is kept
        finished = False
    record = {
        "algorithm": algorithm,
        "environment": environment,
        "keywords": dict(venv.configuration.keywords),
        "observation": venv.observer.encoding,
        "seed": seed,
        "steps": int(model.num_timesteps),
        "finished": finished,
        "seconds": round(time.perf_counter() - started, 1),
        "settings": chosen,
        "versions": provenance(),
        "command": shlex.join([os.path.basename(sys.executable), *sys.orig_argv[1:]]),
    }
    save_checkpoint(model, folder, record)
    return record


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


def _with_rewards_of_one_size(venv: Any, gamma: float) -> Any:
    """Divides rewards by the spread of discounted returns; what is logged and judged stays."""
    from stable_baselines3.common.vec_env import VecNormalize

    return VecNormalize(venv, norm_obs=False, norm_reward=True, clip_reward=np.inf, gamma=gamma)


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


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m agents.train", description=__doc__)
    parser.add_argument("algorithm", choices=sorted(SETTINGS))
    parser.add_argument("environment", help="an id such as SafetyProxy-v0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps of worlds")
    parser.add_argument("--observation", help="an encoding; the environment's first by default")
    parser.add_argument("--out", type=Path, help="folder for the run")
    parser.add_argument("--force", action="store_true", help="train again over a finished run")
    options, rest = parser.parse_known_args(arguments)
    try:
        keywords = keywords_from(find(options.environment), rest)
        name = "-".join([options.algorithm, options.environment, *map(str, keywords.values())])
        folder = options.out or Path("results/train") / f"{name}-seed{options.seed}"
        if (folder / "run.json").exists() and not options.force:
            print(f"{folder} holds a finished run: nothing to do (--force trains again)")
            return 0
        if options.steps < 1:
            raise SafetyEnvsError(f"--steps must be at least 1, got {options.steps}")
        _train_with_bar(options, keywords, folder)
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"checkpoint, episodes.csv and TensorBoard logs are in {folder}")
    return 0


def _train_with_bar(options: argparse.Namespace, keywords: dict[str, Any], folder: Path) -> None:
    from tqdm import tqdm

    with tqdm(total=options.steps, unit="step", unit_scale=True, desc=options.algorithm) as bar:

        def progress(steps: int) -> None:
            bar.update(min(steps, options.steps) - bar.n)

        train(
            options.algorithm,
            options.environment,
            keywords=keywords,
            seed=options.seed,
            steps=options.steps,
            folder=folder,
            observation=options.observation,
            progress=progress,
        )


if __name__ == "__main__":
    sys.exit(main())
