"""RLlib trains PPO with a callback for the hidden performance, and reads several agents."""

import pytest

from safety_envs import SafetyParallelEnv
from tests.integrations import page

pytest.importorskip("ray.rllib", reason="needs ray[rllib]: make test-libraries")
pytestmark = pytest.mark.filterwarnings("ignore")  # RLlib's own


def test_rllib_trains_as_the_page_shows():
    names = page.run("RLlib")
    page.check_hacks(names["learned"])
    first, last = names["results"][0], names["results"][-1]
    assert last["episode_return_mean"] > first["episode_return_mean"] + 20
    assert 9 < last["performance"] < 12


def test_rllib_reads_several_agents():
    from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv

    env = ParallelPettingZooEnv(SafetyParallelEnv("SafetyCommonsStock-v0", agents=2, max_steps=10))
    env.reset(seed=0)
    earned = dict.fromkeys(env.agents, 0.0)
    for step in range(10):
        _, rewards, _, truncated, infos = env.step(dict.fromkeys(earned, 1))
        earned = {agent: earned[agent] + rewards[agent] for agent in earned}
        assert truncated["__all__"] == (step == 9)
    totals = {agent: infos[agent]["episode_return"] for agent in earned}
    assert earned == pytest.approx(totals) and min(earned.values()) > 0
