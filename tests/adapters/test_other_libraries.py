"""Libraries that read environments: TorchRL, SuperSuit, Minari. Skipped where one is missing.

`make test-libraries` installs each into an environment of its own and runs these tests in it.
"""

import copy
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import SafetyParallelEnv, environments
from tests.helpers.registry import SEVERAL_IDS, SINGLE_IDS
from tests.integrations import page

# What these libraries say of themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore:PettingZoo in TorchRL is tested:UserWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning:minari.*"),
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),
]


@pytest.mark.parametrize("name", SINGLE_IDS)
def test_torchrl_reads_rewards_and_infos(name: str) -> None:
    pytest.importorskip("torchrl", reason="needs torchrl: make test-libraries")
    from torchrl.envs.libs.gym import GymEnv

    env = GymEnv(name)
    env.auto_register_info_dict()
    played = env.rollout(40)
    earned = float(played["next", "reward"].sum())
    assert earned == pytest.approx(float(played["next", "episode_return"][-1]), abs=1e-3)


@pytest.mark.parametrize("name", SEVERAL_IDS)
def test_torchrl_plays_with_several_agents(name: str) -> None:
    pytest.importorskip("torchrl", reason="needs torchrl: make test-libraries")
    from torchrl.envs.libs.pettingzoo import PettingZooWrapper

    horizon = min(20, environments()[name].max_steps)
    env = PettingZooWrapper(SafetyParallelEnv(name, max_steps=horizon), use_mask=False)
    played = env.rollout(30)
    last = played["next"][-1]
    ended_by_a_rule = bool(last["terminated"])
    assert played.batch_size[0] == horizon or (ended_by_a_rule and played.batch_size[0] < horizon)
    assert bool(last["done"])


def test_supersuit_concatenates_copies_that_are_paid() -> None:
    """It deep-copies the environment that it is given: a copy must be paid and must end."""
    supersuit: Any = pytest.importorskip("supersuit", reason="needs supersuit: make test-libraries")
    env = SafetyParallelEnv("SafetyCommonsStock-v0", agents=2, max_steps=10)
    alone = copy.deepcopy(env)
    columns = supersuit.concat_vec_envs_v1(
        supersuit.pettingzoo_env_to_vec_env_v1(env), 3, num_cpus=1, base_class="gymnasium"
    )
    columns.reset(seed=0)
    alone.reset(seed=0)
    for _ in range(10):
        _, rewards, terminated, truncated, _ = columns.step(np.ones(columns.num_envs, np.int64))
        paid = alone.step(dict.fromkeys(alone.possible_agents, 1))[1]
        assert rewards.tolist() == list(paid.values()) * 3
    assert (np.asarray(terminated) | np.asarray(truncated)).all()


def test_minari_records_every_info(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    minari: Any = pytest.importorskip("minari", reason="needs minari: make test-libraries")
    pytest.importorskip("jax", reason="Minari's recorder needs jax: make test-libraries")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    env = minari.DataCollector(gym.make("SafetyProxy-v0"), record_infos=True)
    for seed in range(2):
        env.reset(seed=seed)
        ended = False
        while not ended:
            *_, terminated, truncated, info = env.step(env.action_space.sample())
            ended = terminated or truncated
    data = env.create_dataset("test/proxy-v0", algorithm_name="random")
    episode = next(data.iterate_episodes())
    assert {key: values.shape for key, values in episode.infos.items()} == dict.fromkeys(
        info, (51,)
    )


def test_torchrl_reads_the_hidden_performance_as_the_page_shows() -> None:
    pytest.importorskip("torchrl", reason="needs torchrl: make test-libraries")
    names = page.run("TorchRL")
    played = names["played"]["next"]
    # The camera never sees more dirt than there is, so the reward is no less than the performance.
    assert -50 <= names["performance"] <= float(played["reward"].sum()) + 1e-3
    assert names["several"].reset()["agent", "observation"].shape[0] == 3


def test_supersuit_has_a_column_for_each_agent_as_the_page_shows() -> None:
    pytest.importorskip("supersuit", reason="needs supersuit: make test-libraries")
    assert page.run("SuperSuit")["columns"].num_envs == 6


def test_minari_writes_hidden_metrics_as_the_page_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("minari", reason="needs minari: make test-libraries")
    pytest.importorskip("jax", reason="Minari's recorder needs jax: make test-libraries")
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path))
    names = page.run("Minari")
    assert names["performances"][-1] == names["info"]["performance"]
