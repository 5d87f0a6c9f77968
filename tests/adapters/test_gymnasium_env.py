"""Every face of every environment passes its API's own checker, and ours."""

import json
import warnings

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import RecordEpisodeStatistics
from stable_baselines3.common.env_checker import check_env as sb3_check_env
from stable_baselines3.common.monitor import Monitor

import safety_envs
from safety_envs import SafetyEnv, SafetyVectorEnv, check_vector_env, environments, sb3_vec_env
from safety_envs.core.observe import encodings
from tests.core.test_engine import SINGLE, ids
from tests.helpers.definitions import QUEUE

CASES = [
    pytest.param(environment, name, id=f"{environment.id}-{name}")
    for environment in SINGLE
    for name in encodings(environment.configure())
]
IDS = [environment.id for environment in environments().values() if not environment.is_multi_agent]


@pytest.mark.parametrize(("environment", "encoding"), CASES)
def test_gymnasium_check_env(environment, encoding):
    env = SafetyEnv(environment, observation=encoding, render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*not within the observation.*|.*spec.*")
        warnings.filterwarnings("ignore", message=".*minimum.*|.*maximum.*")
        check_env(env)


@pytest.mark.parametrize(
    ("environment", "encoding"),
    [case for case in CASES if case.values[1] != "text"],  # which Stable-Baselines3 does not have
)
def test_stable_baselines3_check_env(environment, encoding):
    with warnings.catch_warnings():
        # It takes small planes for ill-formed pictures; they are meant for MlpPolicy.
        warnings.filterwarnings("ignore", message=".*image.*|.*resolution.*|.*channels.*")
        sb3_check_env(SafetyEnv(environment, observation=encoding), skip_render_check=False)


@pytest.mark.parametrize(("environment", "encoding"), CASES)
def test_the_native_batch_equals_single_environments(environment, encoding):
    steps = 2 * environment.max_steps + 20
    check_vector_env(
        lambda mode: SafetyVectorEnv(environment, 4, observation=encoding, autoreset_mode=mode),
        lambda: SafetyEnv(environment, observation=encoding),
        steps=steps,
    )


class Faulty(SafetyVectorEnv):
    """A batch with one fault, which the checker must find."""

    fault = ""

    def step(self, actions):
        observations, rewards, terminated, truncated, infos = super().step(actions)
        if self.fault == "reward":
            rewards[1] += 0.5
        elif self.fault == "mask":
            infos["_performance"][0] = False
        elif self.fault == "dtype":
            infos["performance"] = infos["performance"].astype(np.int64)
        elif self.fault == "observation":
            observations = observations.copy()
            observations[2] = observations[0]
        elif self.fault == "info":
            del infos["cost"]
        elif self.fault == "truncated":
            terminated, truncated = terminated | truncated, np.zeros_like(truncated)
        return observations, rewards, terminated, truncated, infos


@pytest.mark.parametrize("fault", ["reward", "mask", "dtype", "observation", "info", "truncated"])
def test_the_vector_checker_finds_faults(fault):
    environment = environments()["SafetyProxy-v0"]

    def make(mode):
        env = Faulty(environment, 3, autoreset_mode=mode)
        env.fault = fault
        return env

    with pytest.raises(AssertionError):
        check_vector_env(make, lambda: SafetyEnv(environment), steps=60)


@pytest.mark.parametrize("id", IDS)
def test_made_by_id(id):
    env = gym.make(id)
    assert json.loads(env.spec.to_json())["kwargs"] == {"environment": id}
    again = gym.make(f"safety_envs:{id}")
    assert again.unwrapped.configuration.keywords == env.unwrapped.configuration.keywords
    envs = gym.make_vec(id, num_envs=3)
    assert isinstance(envs, SafetyVectorEnv)
    assert envs.metadata["autoreset_mode"] is AutoresetMode.NEXT_STEP


@pytest.mark.parametrize("id", IDS)
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


def test_same_seed_same_episode_and_chance_runs_on():
    env = gym.make("SafetyProxy-v0", observation="text")
    first, _ = env.reset(seed=11)
    second, _ = env.reset()
    assert first != second
    assert env.reset(seed=11)[0] == first
    assert env.reset()[0] == second


def test_a_batch_takes_lists_of_seeds_and_masks():
    envs = gym.make_vec(
        "SafetyProxy-v0", num_envs=3, observation="text", autoreset_mode=AutoresetMode.DISABLED
    )
    one = gym.make("SafetyProxy-v0", observation="text")
    seeds = [5, 99, 7]
    observations, _ = envs.reset(seed=seeds)
    assert list(observations) == [one.reset(seed=seed)[0] for seed in seeds]
    mask = np.array([False, True, False])
    again, infos = envs.reset(seed=3, options={"reset_mask": mask})
    assert again[0] == observations[0]
    assert again[1] == one.reset(seed=4)[0]
    assert infos["_episode_return"].tolist() == mask.tolist()


def test_without_copies_the_buffer_is_reused():
    envs = gym.make_vec("SafetyProxy-v0", num_envs=2, copy=False)
    first, _ = envs.reset(seed=0)
    assert envs.step(np.array([0, 1]))[0] is first
    safe = gym.make_vec("SafetyProxy-v0", num_envs=2)
    first, _ = safe.reset(seed=0)
    kept = first.copy()
    safe.step(np.array([0, 1]))
    assert (first == kept).all()


@pytest.mark.parametrize("environment", SINGLE, ids=ids)
def test_sb3_vec_env_says_what_sb3_expects(environment):
    """Played beside single environments with the same seeds."""
    venv = sb3_vec_env(environment, 4, seed=20)
    single = [SafetyEnv(environment) for _ in range(4)]
    observations = venv.reset()
    for i, env in enumerate(single):
        assert (env.reset(seed=20 + i)[0] == observations[i]).all()
    random = np.random.default_rng(0)
    endings = 0
    for _ in range(2 * environment.max_steps + 10):
        actions = random.integers(venv.action_space.n, size=4)
        observations, rewards, dones, infos = venv.step(actions)
        assert rewards.dtype == np.float32
        for i, env in enumerate(single):
            observation, reward, terminated, truncated, info = env.step(actions[i])
            assert rewards[i] == np.float32(reward)
            assert dones[i] == (terminated or truncated)
            assert infos[i]["cost"] == info["cost"]
            if dones[i]:
                endings += 1
                assert (infos[i]["terminal_observation"] == observation).all()
                assert infos[i]["TimeLimit.truncated"] == (truncated and not terminated)
                assert infos[i]["episode"]["r"] == pytest.approx(info["episode_return"])
                for name in environment.metrics:
                    assert infos[i][name] == pytest.approx(info[name])
                observation, _ = env.reset()
            assert (observations[i] == observation).all()
    assert endings >= 4
    assert venv.env_is_wrapped(Monitor) == [True] * 4


@pytest.mark.parametrize("id", IDS)
def test_renderings(id):
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
    assert env.render() in ("waiting: 0", "waiting: 1")
    picture = SafetyEnv(QUEUE, render_mode="rgb_array")
    picture.reset(seed=1)
    assert picture.render().shape[1] > 100


def test_several_agents_are_refused_where_there_is_room_for_one():
    from tests.helpers.definitions import DILEMMA

    with pytest.raises(safety_envs.SafetyEnvsError, match="several agents"):
        SafetyEnv(DILEMMA)
