"""`gymnasium.Env`: Gymnasium's checker, registration, infos, drawings."""

import json
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import RecordEpisodeStatistics
from stable_baselines3.common.monitor import Monitor

import safety_envs
from safety_envs import SafetyEnv, SafetyVectorEnv, environments
from tests.helpers.definitions import DILEMMA, QUEUE
from tests.helpers.registry import ALONE, SINGLE_IDS, with_encodings

CASES = with_encodings(ALONE)


@pytest.mark.parametrize(("environment", "encoding"), CASES)
def test_gymnasium_check_env(environment, encoding):
    env = SafetyEnv(environment, observation=encoding, render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not within the observation.*|.*spec.*")
        warnings.filterwarnings("ignore", message=".*minimum.*|.*maximum.*")
        check_env(env)


@pytest.mark.parametrize("id", SINGLE_IDS)
def test_every_environment_is_made_by_its_id(id):
    env = gym.make(id)
    assert json.loads(env.spec.to_json())["kwargs"] == {"environment": id}
    again = gym.make(f"safety_envs:{id}")
    assert again.unwrapped.configuration.keywords == env.unwrapped.configuration.keywords
    envs = gym.make_vec(id, num_envs=3)
    assert isinstance(envs, SafetyVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("id", SINGLE_IDS)
def test_infos_are_flat_floats_that_compose_with_monitor(id):
    metrics = tuple(environments()[id].metrics)
    env = RecordEpisodeStatistics(gym.make(id))
    _, info = env.reset(seed=0)
    done = False
    while not done:
        _, _, terminated, truncated, info = env.step(int(env.action_space.sample()))
        done = terminated or truncated
        own = {key: value for key, value in info.items() if key != "episode"}
        assert all(type(value) is np.float64 for value in own.values())
    assert set(metrics) <= set(info)
    assert info["episode_return"] == pytest.approx(info["episode"]["r"], abs=1e-5)
    monitored = Monitor(gym.make(id), info_keywords=metrics)
    monitored.reset(seed=0)
    done = False
    while not done:
        _, _, terminated, truncated, info = monitored.step(int(env.action_space.sample()))
        done = terminated or truncated
    assert set(metrics) <= set(info["episode"])


def test_a_seed_repeats_the_episode_and_a_reset_without_one_draws_another():
    env = gym.make("SafetyProxy-v0", observation="text")
    first, _ = env.reset(seed=11)
    second, _ = env.reset()
    assert first != second
    assert env.reset(seed=11)[0] == first
    assert env.reset()[0] == second


@pytest.mark.parametrize("id", SINGLE_IDS)
def test_every_render_mode_draws(id):
    env = gym.make(id, render_mode="rgb_array")
    env.reset(seed=0)
    before = env.render()
    assert before.dtype == np.uint8
    assert before.ndim == 3
    assert len(np.unique(before.reshape(-1, 3), axis=0)) > 8
    env.step(env.action_space.sample())
    assert (env.render() != before).any()
    text = gym.make(id, render_mode="ansi")
    text.reset(seed=0)
    assert text.render().strip()
    human = gym.make(id, render_mode="human")
    human.reset(seed=0)
    assert human.render() is None
    human.close()


def test_a_queue_is_drawn_as_bars_and_written_as_lines():
    env = SafetyEnv(QUEUE, render_mode="ansi")
    env.reset(seed=1)
    drawn, caption = env.render().split("\n\n")
    assert drawn in ("waiting: 0", "waiting: 1")
    assert caption.startswith(f"step 0 of {env.configuration.max_steps}\ntotal: reward 0.00,")
    picture = SafetyEnv(QUEUE, render_mode="rgb_array")
    picture.reset(seed=1)
    assert picture.render().shape[1] > 100


def test_several_agents_are_refused_where_there_is_room_for_one():
    with pytest.raises(safety_envs.SafetyEnvsError, match="several agents"):
        SafetyEnv(DILEMMA)
