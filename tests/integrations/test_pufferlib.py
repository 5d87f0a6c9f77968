"""PufferLib's emulation plays as the environments it wraps."""

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import SafetyParallelEnv
from tests.integrations import page

pytest.importorskip("pufferlib", reason="needs pufferlib-core: make test-libraries")
pytestmark = pytest.mark.filterwarnings("ignore")  # PufferLib's own


@pytest.fixture(scope="module")
def names():
    return page.run("PufferLib")


def test_pufferlib_plays_one_agent_as_gymnasium_does(names):
    worlds, seeds = names["worlds"], range(5, 9)
    seen, _ = worlds.reset(seed=seeds[0])
    singles = [gym.make("SafetyProxy-v0") for _ in seeds]
    wanted = [env.reset(seed=seed)[0] for env, seed in zip(singles, seeds, strict=True)]
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert np.array_equal(seen, np.stack(wanted))
        actions = rng.integers(worlds.single_action_space.n, size=4)
        seen, rewards, _, _, infos = worlds.step(actions)
        steps = [env.step(action) for env, action in zip(singles, actions, strict=True)]
        wanted = [step[0] for step in steps]
        assert rewards.tolist() == pytest.approx([step[1] for step in steps])
        hidden = [step[4]["performance"] for step in steps]
        assert [info["performance"] for info in infos] == hidden
        if any(step[2] or step[3] for step in steps):
            break


def test_pufferlib_pays_each_of_several_agents(names):
    gardens = names["gardens"]
    gardens.reset(seed=3)
    pair = [SafetyParallelEnv("SafetyCommonsHarvest-v0", agents=3) for _ in range(2)]
    for env, seed in zip(pair, (3, 4), strict=True):
        env.reset(seed=seed)
    rng = np.random.default_rng(1)
    for _ in range(60):
        actions = rng.integers(7, size=6)
        rewards = gardens.step(actions)[1]
        paid = []
        for env, own in zip(pair, actions.reshape(2, 3), strict=True):
            paid += env.step(dict(zip(env.possible_agents, own, strict=True)))[1].values()
        assert rewards.tolist() == paid
