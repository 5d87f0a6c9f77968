"""Habits of the frameworks around an environment: horizons, seeds, infos, wrappers."""

import inspect
import json
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import NormalizeReward, RecordEpisodeStatistics
from stable_baselines3.common.monitor import Monitor

import safety_envs
from safety_envs import (
    SafetyEnv,
    SafetyEnvsError,
    SafetyParallelEnv,
    SafetyVectorEnv,
    aec_env,
    environments,
    sb3_vec_env,
)
from safety_envs.applications import spread_seed
from tests.helpers.configurations import CONFIGURATIONS, name_of

SINGLE = [name for name, each in environments().items() if not each.is_multi_agent]
SEVERAL = [name for name, each in environments().items() if each.is_multi_agent]
LONG = [name for name in SINGLE if environments()[name].max_steps > 10]
Case = tuple[str, dict[str, Any]]


def length_of(env: Any, action: int = 0) -> int:
    """Returns after how many steps the first episode ends, all with one action."""
    env.reset(seed=0)
    for step in range(1, 2000):
        *_, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            return step
    raise AssertionError("no end")


# The horizon, by any of its names, at every face.


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


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_a_spec_is_data_that_makes_the_same_again(case: Case) -> None:
    name, keywords = case
    envs = gym.make_vec(name, num_envs=2, autoreset_mode=AutoresetMode.SAME_STEP, **keywords)
    faces = [(envs, gym.make_vec)]
    if name in SINGLE:
        faces.append((gym.make(name, **keywords), gym.make))  # type: ignore[arg-type]
    for face, make in faces:
        assert face.spec is not None
        spec = gym.envs.registration.EnvSpec.from_json(face.spec.to_json())
        again = make(spec)
        configuration = face.unwrapped.configuration  # type: ignore[attr-defined]
        assert again.unwrapped.configuration == configuration  # type: ignore[attr-defined]
        assert face.spec.max_episode_steps == configuration.max_steps


# Seeds that are none, at every door.

WRONG_SEEDS = [-1, 1.5, "3", True, float("nan"), np.float64(2)]


@pytest.mark.parametrize("seed", WRONG_SEEDS, ids=repr)
def test_every_door_names_a_seed_that_is_none(seed: Any) -> None:
    single, several = "SafetyProxy-v0", "SafetyCommonsStock-v0"
    venv = sb3_vec_env(single, 2, seed=0)
    venv.reset()
    doors = [
        lambda: gym.make(single).unwrapped.reset(seed=seed),
        lambda: gym.make_vec(single, num_envs=2).reset(seed=seed),
        lambda: SafetyVectorEnv(single, 2).reset(seed=[3, seed]),
        lambda: sb3_vec_env(single, 2, seed=seed),
        lambda: venv.seed(seed),
        lambda: venv.env_method("seed", seed, indices=[1]),
        lambda: SafetyParallelEnv(several).reset(seed=seed),
        lambda: aec_env(several).reset(seed=seed),
        lambda: safety_envs.Engine(environments()[single].configure(), 1).seed([seed]),
        lambda: spread_seed(seed),
    ]
    for door in doors:
        with pytest.raises(SafetyEnvsError, match=r"seed must be a whole number"):
            door()


def test_numpy_numbers_and_large_ones_are_seeds() -> None:
    env = SafetyEnv("SafetyProxy-v0", observation="board")
    first, _ = env.reset(seed=7)
    assert (env.reset(seed=np.int64(7))[0] == first).all()  # type: ignore[arg-type]
    assert env.reset(seed=2**90)[0].shape == first.shape
    envs = SafetyVectorEnv("SafetyProxy-v0", 2, observation="board")
    assert (envs.reset(seed=np.array([7, 8]))[0][0] == first).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [5, "fast", [1]])
def test_options_that_are_none(options: Any) -> None:
    for make in (SafetyEnv, SafetyVectorEnv):
        with pytest.raises(SafetyEnvsError, match="options must be a dictionary or None, got"):
            make("SafetyProxy-v0").reset(options=options)
    with pytest.raises(SafetyEnvsError, match="options must be a dictionary or None, got"):
        SafetyParallelEnv("SafetyCommonsStock-v0").reset(options=options)


@pytest.mark.parametrize("mode", [5, "rgb", ["rgb_array"], b"ansi"])
def test_render_modes_that_are_none(mode: Any) -> None:
    for make in (SafetyEnv, SafetyVectorEnv, sb3_vec_env):
        with pytest.raises(SafetyEnvsError, match="unknown render_mode"):
            make("SafetyProxy-v0", render_mode=mode)
    with pytest.raises(SafetyEnvsError, match="unknown render_mode"):
        SafetyParallelEnv("SafetyCommonsStock-v0", render_mode=mode)


# Infos.


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_infos_have_the_same_keys_at_every_step(case: Case) -> None:
    """TorchRL's and Minari's recorders stack them; Gymnasium's checker compares them by `==`."""
    name, keywords = case
    several = name in SEVERAL
    env: Any = SafetyParallelEnv(name, **keywords) if several else SafetyEnv(name, **keywords)
    _, info = env.reset(seed=0)
    spaces = env.action_space
    kinds = set()
    for _ in range(60):
        infos = list(info.values()) if several else [info]
        for each in infos:
            kinds.add(tuple(each))
            assert all(type(value) is np.float64 for value in each.values())
            assert not any(np.isnan(value) for value in each.values())
            assert not {"episode", "reward"} & set(each), "a framework's keys"
        if several:
            step = env.step({agent: int(spaces(agent).sample()) for agent in env.agents})
            info = step[-1] if env.agents else env.reset()[1]
        else:
            *_, terminated, truncated, info = env.step(int(spaces.sample()))
            if terminated or truncated:
                _, info = env.reset()
    assert len(kinds) == 1
    declared = env.configuration.environment.metrics
    assert set(declared) <= set(next(iter(kinds)))


def test_what_is_not_defined_yet_is_minus_one_and_missing_in_records() -> None:
    env = SafetyEnv("SafetyProxy-v0")
    _, info = env.reset(seed=0)
    assert info["tamper_step"] == -1
    configuration = env.configuration
    played = safety_envs.rollout(
        configuration, lambda engine: np.zeros(engine.num_worlds, np.int64), [0, 1]
    )
    assert np.isnan(played["tamper_step"]).all()
    assert "executed_action" not in played and "cost" not in played


def test_infos_say_which_action_took_effect() -> None:
    """On the square of interruption the agent is held: whatever it chooses, it goes up."""
    up, down, left = 0, 1, 2
    env = SafetyEnv("SafetyInterruptibility-v0", level=0)
    overridden = 0
    for seed in range(12):
        _, info = env.reset(seed=seed)
        assert info["executed_action"] == -1
        held = 0.0
        for action in [down, *[left] * 8]:
            *_, info = env.step(action)
            was_held = info["interrupted"] > held
            assert info["executed_action"] == (up if was_held else action)
            overridden += int(was_held)
            held = info["interrupted"]
            if not env.engine.running[0]:
                break
    assert overridden
    batch = SafetyVectorEnv("SafetyWhiskyGold-v0", 200)
    batch.reset(seed=0)
    right = np.full(200, 3)
    batch.step(right)  # the sip
    infos = batch.step(right)[-1]
    assert pytest.approx((infos["executed_action"] == up).mean(), abs=0.1) == 0.25 * 0.9


def test_the_action_that_took_effect_is_the_one_that_was_given_elsewhere() -> None:
    env = SafetyEnv("SafetyBoatRace-v0")
    _, info = env.reset(seed=0)
    assert "executed_action" not in info
    env.step(3)
    assert env.engine.ledger.executed.tolist() == [[3]]


# Wrappers of batches.


@pytest.mark.parametrize("name", list(environments()))
@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_batches_under_gymnasiums_wrappers(name: str, mode: AutoresetMode) -> None:
    if mode is AutoresetMode.SAME_STEP and "SAME_STEP" not in inspect.getsource(
        RecordEpisodeStatistics
    ):
        pytest.skip("this old Gymnasium drops a reward of every SAME_STEP episode")
    envs = gym.make_vec(name, num_envs=3, autoreset_mode=mode, max_steps=6)
    wrapped = NormalizeReward(RecordEpisodeStatistics(envs))
    wrapped.action_space.seed(0)
    wrapped.reset(seed=0)
    ended = 0
    for _ in range(15):
        *_, terminated, truncated, infos = wrapped.step(wrapped.action_space.sample())
        done = terminated | truncated
        if done.any():
            ended += int(done.sum())
            last = infos["final_info"] if mode is AutoresetMode.SAME_STEP else infos
            found = infos["episode"]["r"][done]
            assert found == pytest.approx(last["episode_return"][done])
    assert ended >= 3


# Stable-Baselines3.


def test_seeding_prepares_the_next_reset_and_nothing_before() -> None:
    venv = sb3_vec_env("SafetyProxy-v0", 3, seed=1)
    venv.reset()
    assert venv.seed(9) == [9, 10, 11]
    venv.step(np.zeros(3, np.int64))  # the running episodes run on
    fresh = sb3_vec_env("SafetyProxy-v0", 3, seed=9)
    assert (venv.reset() == fresh.reset()).all()
    assert not (venv.reset() == 0).all()
    one = sb3_vec_env("SafetyProxy-v0", 1, seed=40)
    venv.env_method("seed", 40, indices=[2])
    assert (venv.reset()[2] == one.reset()[0]).all()


def test_columns_are_reached_one_by_one() -> None:
    venv = sb3_vec_env("SafetyCommonsStock-v0", 2, agents=3, seed=0)
    venv.reset()
    assert venv.get_attr("agent") == [0, 1, 2, 0, 1, 2]
    assert venv.get_attr("world", indices=[4]) == [1]
    assert venv.get_attr("growth", indices=0) == [0.4]
    venv.set_attr("note", "mine", indices=[1, 5])
    assert venv.get_attr("note", indices=[1, 5]) == ["mine", "mine"]
    with pytest.raises(AttributeError, match="note"):
        venv.get_attr("note")
    assert venv.env_method("has_wrapper_attr", "note", indices=[0, 1]) == [False, True]


@pytest.mark.parametrize("name", ["growth", "max_steps", "configuration", "world", "render"])
def test_what_a_batch_rests_on_cannot_be_set(name: str) -> None:
    venv = sb3_vec_env("SafetyCommonsStock-v0", 2, agents=3, seed=0)
    with pytest.raises(SafetyEnvsError, match=f"{name} .*cannot be"):
        venv.set_attr(name, 5)
    assert venv.configuration.keywords["growth"] == 0.4
    assert venv.get_attr("world", indices=[5]) == [1]


# Other libraries.


def test_an_unknown_keyword_is_a_type_error_as_torchrl_expects() -> None:
    for make in (gym.make, gym.make_vec, SafetyEnv):
        with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'"):
            make("SafetyProxy-v0", frameskip=1)
        with pytest.raises(SafetyEnvsError, match="Did you mean 'patches'"):
            make("SafetyProxy-v0", patchs=1)


def test_six_tuples_have_the_cost() -> None:
    name = "SafetyIslandNavigation-v0"
    env = safety_envs.six_tuple(gym.make(name))
    _, info = env.reset(seed=0)
    observation, reward, cost, terminated, truncated, info = env.step(0)
    assert observation in env.observation_space
    assert (reward, terminated, truncated) == (-1.0, False, False)
    assert cost == info["cost"] > 0
    envs = safety_envs.six_tuple(gym.make_vec(name, num_envs=3))
    envs.reset(seed=0)
    _, rewards, costs, _, _, infos = envs.step(np.zeros(3, np.int64))
    assert costs.tolist() == [cost] * 3 and rewards.shape == (3,)
    assert costs is not infos["cost"]


def test_json_of_a_batch_with_an_enum() -> None:
    envs = gym.make_vec("SafetyProxy-v0", num_envs=2, autoreset_mode=AutoresetMode.SAME_STEP)
    assert envs.spec is not None
    assert json.loads(envs.spec.to_json())["kwargs"]["autoreset_mode"] == "SameStep"
