"""Trains a Stable-Baselines3 agent: python -m agents.train ppo SafetyProxy-v0 --steps 200000.

Options that are keywords of the environment are passed on to it: --proxy events --size 7. Where an
environment has several agents they share one model, or learn each for itself (--independent), and
may be made to care for others (--method inequity_aversion).
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

from agents.independent import Table
from agents.metrics_log import MetricsLog
from agents.provenance import provenance
from agents.schedule import KNOWN_TO_SB3, Line, Schedules, is_schedule, linear
from agents.settings import SETTINGS
from agents.social_rewards import SocialRewards, social_method
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
    independent: bool = False,
    agent_id: bool = False,
    method: str | None = None,
    method_settings: Mapping[str, Any] | None = None,
    progress: Any = None,
) -> dict[str, Any]:
    """Trains an agent and leaves a checkpoint, `episodes.csv` and TensorBoard logs in a folder.

    Args:
        algorithm: a key of `SETTINGS`.
        environment: an id.
        keywords: the environment's.
        seed: of agent and worlds.
        steps: how many steps to train for, of worlds, or of agents where they are several; rounded
            up to whole rollouts.
        folder: where it all goes.
        observation: the encoding; the environment's first if None.
        settings: overrides of `SETTINGS[algorithm]`; "num_envs" counts worlds.
        independent: of several agents, each has a model of its own instead of sharing one.
        agent_id: of several agents, each is told its number.
        method: what several agents are made to care for, see `agents.social_rewards`.
        method_settings: of the method.
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
    worlds = sb3_vec_env(
        environment,
        options.pop("num_envs"),
        observation=observation,
        seed=seed,
        agent_id=agent_id,
        **keywords,
    )
    venv: Any = worlds
    if method is not None:
        chosen_method = social_method(method, environment, **dict(method_settings or {}))
        venv = SocialRewards(worlds, chosen_method)
    if normalise_reward:
        venv = _with_rewards_of_one_size(venv, chosen["gamma"])
    folder.mkdir(parents=True, exist_ok=True)
    kind = getattr(stable_baselines3, algorithm.upper())

    def new_model(env: Any, number: int) -> Any:
        return kind(
            "MlpPolicy", env, seed=seed + number, device="cpu", tensorboard_log=str(folder),
            **options,
        )  # fmt: skip

    def learn(model: Any, number: int, suffix: str, share: int) -> None:
        log = MetricsLog(worlds.configuration, folder / f"episodes{suffix}.csv")
        callbacks = [log, Schedules(lines)]
        if progress is not None and number == 0:
            callbacks.append(_progress_callback(lambda done: progress(done * share)))
        model.learn(steps // share, callback=callbacks, tb_log_name=f"tensorboard{suffix}")

    started = time.perf_counter()
    models: Any
    try:
        if independent:
            table = Table(venv, worlds.num_agents)
            models = [new_model(seat, number) for number, seat in enumerate(table.seats)]
            share = worlds.num_agents
            table.learn(models, lambda model, number: learn(model, number, f"_{number}", share))
        else:
            models = new_model(venv, 0)
            learn(models, 0, "", 1)
        finished = True
    except KeyboardInterrupt:  # what was learned so far is kept
        finished = False
    first = models[0] if independent else models
    record = {
        "algorithm": algorithm,
        "environment": environment,
        "keywords": dict(worlds.configuration.keywords),
        "observation": worlds.columns.encoding,
        "independent": independent,
        "agent_id": agent_id,
        "method": method,
        "method_settings": dict(method_settings or {}),
        "seed": seed,
        "steps": int(first.num_timesteps) * (worlds.num_agents if independent else 1),
        "finished": finished,
        "seconds": round(time.perf_counter() - started, 1),
        "settings": chosen,
        "versions": provenance(),
        "command": shlex.join([os.path.basename(sys.executable), *sys.orig_argv[1:]]),
    }
    save_checkpoint(models, folder, record)
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
    parser = argparse.ArgumentParser(
        "python -m agents.train", description=__doc__, allow_abbrev=False
    )
    parser.add_argument("algorithm", choices=sorted(SETTINGS))
    parser.add_argument("environment", help="an id such as SafetyProxy-v0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=1_000_000, help="steps of worlds")
    parser.add_argument("--observation", help="an encoding; the environment's first by default")
    parser.add_argument("--independent", action="store_true", help="one model for each agent")
    parser.add_argument("--agent-id", action="store_true", help="tell each agent its number")
    parser.add_argument("--method", help="inequity_aversion, social_value or contract")
    parser.add_argument("--out", type=Path, help="folder for the run")
    parser.add_argument("--force", action="store_true", help="train again over a finished run")
    options, rest = parser.parse_known_args(arguments)
    try:
        keywords = keywords_from(find(options.environment), rest)
        parts = [options.algorithm, options.environment, *map(str, keywords.values())]
        parts += ["independent"] * options.independent + [options.method] * bool(options.method)
        name = "-".join(parts)
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
            independent=options.independent,
            agent_id=options.agent_id,
            method=options.method,
            progress=progress,
        )


if __name__ == "__main__":
    sys.exit(main())
