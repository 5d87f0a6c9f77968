"""Registers environments with Gymnasium, by id; the classes load when an environment is made."""

from collections.abc import Iterable

import gymnasium as gym

from safety_envs.core.definition import Environment


def register_all(environments: Iterable[Environment]) -> None:
    """Registers every single-agent environment with `gymnasium.make` and `gymnasium.make_vec`."""
    for environment in environments:
        if not environment.is_multi_agent and environment.id not in gym.registry:
            gym.register(
                id=environment.id,
                entry_point="safety_envs.adapters.gymnasium_env:SafetyEnv",
                vector_entry_point="safety_envs.adapters.vector_env:SafetyVectorEnv",
                kwargs={"environment": environment.id},
            )
