"""Six-tuples, as of Safety-Gymnasium, have the cost."""

import gymnasium as gym
import numpy as np

import safety_envs


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
