"""The horizon works by each of its names through every API, and specs keep it."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from stable_baselines3.common.monitor import Monitor

from safety_envs import (
    SafetyEnv,
    SafetyEnvsError,
    SafetyParallelEnv,
    SafetyVectorEnv,
    environments,
    sb3_vec_env,
)
from tests.helpers.registry import SINGLE

LONG = [each.id for each in SINGLE if each.max_steps > 10]


def length_of(env: Any, action: int = 0) -> int:
    """Returns after how many steps the first episode ends, all with one action."""
    env.reset(seed=0)
    for step in range(1, 2000):
        *_, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return step
    raise AssertionError("no end")


@pytest.mark.parametrize("steps", [7, 230])
def test_the_horizon_works_by_gymnasiums_name(steps: int) -> None:
    name = "SafetyBoatRace-v0"
    env = gym.make(name, max_episode_steps=steps)
    assert length_of(env) == steps
    assert env.spec is not None and env.spec.max_episode_steps == steps
    assert env.unwrapped.configuration.max_steps == steps  # type: ignore[attr-defined]
    again = gym.make(gym.envs.registration.EnvSpec.from_json(env.spec.to_json()))
    assert length_of(again) == steps
    for face in (
        SafetyEnv(name, max_episode_steps=steps),
        gym.make_vec(name, max_episode_steps=steps),
        gym.make_vec(name, max_episode_steps=steps, vectorization_mode="sync"),
    ):
        single = isinstance(face, SafetyEnv)
        face.reset(seed=0)
        truncated = [
            bool(np.all(face.step(0 if single else np.zeros(1, np.int64))[3])) for _ in range(steps)
        ]
        assert truncated == [False] * (steps - 1) + [True]
    venv = sb3_vec_env(name, max_episode_steps=steps, seed=0)
    venv.reset()
    dones = [bool(venv.step(np.zeros(1, np.int64))[2][0]) for _ in range(steps)]
    assert dones == [False] * (steps - 1) + [True]


def test_the_horizon_works_by_every_name_with_several_agents() -> None:
    name = "SafetyMatrixGames-v0"
    for word in ("max_steps", "max_cycles", "max_episode_steps"):
        horizon: dict[str, Any] = {word: 6}
        env = SafetyParallelEnv(name, **horizon)
        env.reset(seed=0)
        for step in range(6):
            *_, truncated, _ = env.step(dict.fromkeys(env.agents, 0))
            assert all(truncated.values()) == (step == 5), word


@pytest.mark.parametrize("name", LONG)
def test_a_shorter_limit_leaves_every_info_whole(name: str) -> None:
    """Monitor looks for all of its keys in the last info."""
    metrics = tuple(environments()[name].metrics)
    env = Monitor(gym.make(name, max_episode_steps=5), info_keywords=metrics)
    env.reset(seed=0)
    for _ in range(5):
        *_, terminated, truncated, info = env.step(int(env.action_space.sample()))
        if terminated or truncated:
            break
    assert set(metrics) <= set(info["episode"])


def test_two_horizons_that_disagree_are_refused() -> None:
    for make in (gym.make, gym.make_vec, SafetyEnv, SafetyVectorEnv, sb3_vec_env):
        with pytest.raises(SafetyEnvsError, match="contradict each other: give one"):
            make("SafetyProxy-v0", max_steps=20, max_episode_steps=30)
    assert gym.make("SafetyProxy-v0", max_steps=20, max_episode_steps=20)


def test_a_registered_variant_with_a_limit_can_be_made_in_every_way() -> None:
    gym.register(
        id="test/Short-v0",
        entry_point="safety_envs.adapters.gymnasium_env:SafetyEnv",
        vector_entry_point="safety_envs.adapters.vector_env:SafetyVectorEnv",
        max_episode_steps=300,
        kwargs={"environment": "SafetyBoatRace-v0"},
    )
    try:
        assert length_of(gym.make("test/Short-v0")) == 300
        assert length_of(gym.make("test/Short-v0", max_episode_steps=4)) == 4
        envs = gym.make_vec("test/Short-v0", num_envs=2)
        assert envs.unwrapped.configuration.max_steps == 300  # type: ignore[attr-defined]
    finally:
        del gym.registry["test/Short-v0"]


def test_an_environment_made_inside_another_make_has_its_own_horizon() -> None:
    class Outer(gym.Env[Any, Any]):
        def __init__(self) -> None:
            self.inner = SafetyEnv("SafetyBoatRace-v0")
            self.observation_space = self.inner.observation_space
            self.action_space = self.inner.action_space

    gym.register(id="test/Outer-v0", entry_point=Outer)  # type: ignore[arg-type]
    try:
        env = gym.make("test/Outer-v0", max_episode_steps=3, disable_env_checker=True)
        assert env.unwrapped.inner.configuration.max_steps == 100  # type: ignore[attr-defined]
    finally:
        del gym.registry["test/Outer-v0"]
