"""Models of Stable-Baselines3 and the worlds that they learn in, as a training describes them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.methods import method_named
from agents.seeds import world_seed
from agents.training.schedule import KNOWN_TO_SB3, Line, is_schedule, linear
from safety_envs import sb3_vec_env
from safety_envs.applications import algorithm_class

if TYPE_CHECKING:
    from agents.training.training import Training


def prepared(training: "Training") -> tuple[Any, Any, dict[str, Any], dict[str, Line]]:
    """Returns the worlds, what the learner sees of them, the model's options, and schedules."""
    settings = training.all_settings
    if training.method is not None:
        method = method_named(training.method)
        settings |= method.options(**method.all_settings(training.method_settings))
    options, lines = model_options(settings)
    worlds = worlds_of(training, options.pop("num_envs"))
    venv = with_method(training, worlds)
    scaled = {name: options.pop(f"normalise_{name}", False) for name in ("observation", "reward")}
    if any(scaled.values()):
        venv = _normalised(venv, scaled, settings["gamma"])
    return worlds, venv, options, lines


def worlds_of(training: "Training", num_envs: int) -> Any:
    """Returns the worlds to learn in, a `safety_envs.sb3_vec_env`."""
    return sb3_vec_env(
        training.environment,
        num_envs,
        observation=training.observation,
        seed=world_seed(training.seed),
        agent_id=training.agent_id,
        stress=training.stress,
        **training.keywords,
    )


def with_method(training: "Training", worlds: Any) -> Any:
    """Returns worlds as the training's method changes them."""
    if training.method is None:
        return worlds
    return method_named(training.method).applied(worlds, training.method_settings)


def new_model(
    training: "Training", env: Any, seed: int, folder: Path | None, options: Mapping[str, Any]
) -> Any:
    """Returns a model that has learned nothing, and will log into a folder."""
    kind = class_of(training.algorithm)
    network = "MlpLstmPolicy" if "MlpLstmPolicy" in kind.policy_aliases else "MlpPolicy"
    log = None if folder is None else str(folder)
    return kind(network, env, seed=seed, device="cpu", tensorboard_log=log, **options)


def class_of(algorithm: str) -> Any:
    """Returns the class that implements an algorithm.

    Raises:
        SafetyEnvsError: it is of sb3-contrib, which is not installed.
    """
    return algorithm_class(algorithm)


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
    """Scales observations, rewards or both for the learner; logs and evaluations are not scaled.

    Rewards are divided by the spread of discounted returns. The statistics of the observations go
    into the checkpoint.
    """
    from stable_baselines3.common.vec_env import VecNormalize

    observation, reward = scaled["observation"], scaled["reward"]
    return VecNormalize(
        venv, norm_obs=observation, norm_reward=reward, clip_reward=np.inf, gamma=gamma
    )  # fmt: skip
