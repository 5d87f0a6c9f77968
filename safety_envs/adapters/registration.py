"""Registers environments and the checkpoint reader. Classes are imported when first used."""

from collections.abc import Iterable
from pathlib import Path

import gymnasium as gym
import pettingzoo

from safety_envs.core.definition import Configuration, Environment
from safety_envs.policies import Policy, read_checkpoints_with


def register_all(environments: Iterable[Environment]) -> None:
    """Registers all environments with Gymnasium, and multi-agent ones with PettingZoo too.

    Gymnasium supports the latter only as batches, with `make_vec`; `make` raises an error that says
    so.
    """
    for environment in environments:
        if environment.id in gym.registry:
            continue
        several = environment.is_multi_agent
        gym.register(
            id=environment.id,
            entry_point="safety_envs.adapters.gymnasium_env:SafetyEnv",
            vector_entry_point="safety_envs.adapters.vector_env:SafetyVectorEnv",
            kwargs={"environment": environment.id},
        )
        if several and hasattr(pettingzoo, "register"):  # since PettingZoo 1.27
            adapter = "safety_envs.adapters.pettingzoo_env"
            named = {"environment": environment.id}
            pettingzoo.register(
                "parallel", environment.id, f"{adapter}:SafetyParallelEnv", kwargs=named
            )
            pettingzoo.register("aec", environment.id, f"{adapter}:aec_env", kwargs=named)


def register_checkpoints() -> None:
    """Registers the reader of Stable-Baselines3 checkpoints for `safety_envs.policy`."""
    read_checkpoints_with(_trained)


def _trained(folder: Path, configuration: Configuration, seed: int, trust: bool) -> Policy:
    from safety_envs.adapters.sb3_trained import TrainedPolicy

    return TrainedPolicy(folder, configuration, seed, trust=trust)
