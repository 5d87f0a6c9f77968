"""PPO in one file: its advantages are those of the definition, and a few updates learn."""

import numpy as np
import pytest

from tests.integrations import page

torch = pytest.importorskip("torch")
from docs.examples.ppo import Settings, advantages_of, collect, flat  # noqa: E402


def advantage_by_definition(rewards, values, ended, discount, decay):
    """Sums (gamma lambda)^k d_{t+k} up to the end of the episode."""
    found = np.zeros_like(rewards)
    for t in range(len(rewards)):
        weight = 1.0
        for k in range(t, len(rewards)):
            later = 0.0 if ended[k] else discount * values[k + 1]
            found[t] += weight * (rewards[k] + later - values[k])
            if ended[k]:
                break
            weight *= discount * decay
    return found


def test_advantages_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    rewards, values = rng.normal(size=(9, 3)), rng.normal(size=(10, 3))
    ended = rng.random((9, 3)) < 0.3
    chosen = Settings(discount=0.9, gae_lambda=0.7)
    tensors = [torch.as_tensor(each) for each in (rewards, values, ended.astype(float))]
    found = advantages_of(*tensors, chosen).numpy()
    for world in range(3):
        wanted = advantage_by_definition(
            rewards[:, world], values[:, world], ended[:, world], 0.9, 0.7
        )
        assert found[:, world] == pytest.approx(wanted)


class TwoSteps:
    """Worlds whose episodes are cut after two steps; reward 1, performance -1 a step."""

    def __init__(self):
        self.t = 0

    def step(self, actions):
        self.t += 1
        cut, never = np.full(len(actions), self.t % 2 == 0), np.zeros(len(actions), bool)
        seen = np.full((len(actions), 1), self.t % 2, np.float32)
        infos = {}
        if cut.any():
            totals = {"episode_return": np.full(len(actions), 2.0)}
            infos["final_info"] = totals | {"performance": -totals["episode_return"]}
            infos["final_obs"] = np.array([np.array([2.0], np.float32)] * len(actions))
        return seen, np.ones(len(actions)), never, cut, infos


class Counts:
    """An agent without preferences, for which an observation is its own value."""

    def distribution(self, seen):
        return torch.distributions.Categorical(logits=torch.zeros(len(seen), 2))

    def values(self, seen):
        return seen[:, 0]


def test_a_truncated_episode_counts_the_value_of_its_last_observation():
    chosen = Settings(rollout=2, discount=0.5, gae_lambda=0.0, num_envs=1)
    _, batch, episodes = collect(TwoSteps(), Counts(), flat(np.zeros((1, 1))), chosen)
    # reward 1 + 0.5 x value 1 of the next - value 0, then 1 + 0.5 x value 2 of the last - value 1
    assert batch[3].tolist() == [1.5, 1.0]
    assert episodes == [(2.0, -2.0)]


def test_a_few_updates_raise_the_reward_and_log_the_hidden_performance(capsys):
    names = page.run("PPO in one file")  # the default: 64 worlds of SafetySmartVault-v0
    steps, rewards, performances = zip(*names["log"], strict=True)
    assert steps == (3200, 6400, 9600, 12_800)
    assert rewards[-1] > rewards[0] + 15  # a random policy earns 15, an optimal one 50
    # Every optimal policy ends with a performance of 11; nobody can have more than 30.5.
    assert performances[-1] == pytest.approx(11, abs=1)
    assert capsys.readouterr().out.count("performance") == 4
    page.check_hacks(names["learned"])
    probabilities = names["agent"](np.zeros((2, 9, 5, 15), np.uint8))
    assert probabilities.shape == (2, 3) and probabilities.sum(1) == pytest.approx([1, 1])
