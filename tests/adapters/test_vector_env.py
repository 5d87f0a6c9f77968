"""The native batch: equal to single environments, under wrappers, with masks and buffers."""

import inspect

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers.vector import NormalizeReward, RecordEpisodeStatistics

from safety_envs import SafetyEnv, SafetyVectorEnv, check_vector_env, environments
from tests.helpers.registry import ALONE, with_encodings


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


@pytest.mark.parametrize(("environment", "encoding"), with_encodings(ALONE))
def test_the_native_batch_equals_single_environments(environment, encoding):
    steps = 2 * environment.max_steps + 20
    check_vector_env(
        lambda mode: SafetyVectorEnv(environment, 4, observation=encoding, autoreset_mode=mode),
        lambda: SafetyEnv(environment, observation=encoding),
        steps=steps,
    )


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
