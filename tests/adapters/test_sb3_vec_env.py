"""The batch for Stable-Baselines3: its checker, and what its algorithms expect."""

import warnings

import numpy as np
import pytest
from stable_baselines3.common.env_checker import check_env as sb3_check_env
from stable_baselines3.common.monitor import Monitor

from safety_envs import SafetyEnv, SafetyEnvsError, sb3_vec_env
from tests.helpers.definitions import DILEMMA
from tests.helpers.registry import ALONE, id_of, with_encodings


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


CASES = with_encodings(ALONE)


@pytest.mark.parametrize(
    ("environment", "encoding"),
    [case for case in CASES if case.values[1] != "text"],  # which Stable-Baselines3 does not have
)
def test_stable_baselines3_check_env(environment, encoding):
    with warnings.catch_warnings():
        # It takes small planes for ill-formed pictures; they are meant for MlpPolicy.
        warnings.filterwarnings("ignore", message=".*image.*|.*resolution.*|.*channels.*")
        sb3_check_env(SafetyEnv(environment, observation=encoding), skip_render_check=False)


@pytest.mark.parametrize("environment", ALONE, ids=id_of)
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


def test_agent_ids_are_planes_or_features():
    venv = sb3_vec_env("SafetyCommonsHarvest-v0", 2, agents=3, agent_id=True, seed=0)
    seen = venv.reset()
    assert seen[0] in venv.observation_space
    assert [row[-3:, 0, 0].tolist() for row in seen[:3]] == np.eye(3).tolist()
    plain = sb3_vec_env("SafetyCommonsHarvest-v0", 2, agents=3, seed=0).reset()
    assert np.array_equal(seen[:, :-3], plain)
    features = sb3_vec_env(DILEMMA, 2, agent_id=True, seed=0).reset()
    assert features[:, 2:].tolist() == [[1, 0], [0, 1], [1, 0], [0, 1]]
    with pytest.raises(SafetyEnvsError, match="one agent"):
        sb3_vec_env("SafetyProxy-v0", 2, agent_id=True)
    with pytest.raises(SafetyEnvsError, match="'vector' or 'planes'"):
        sb3_vec_env("SafetyCommonsHarvest-v0", 2, agent_id=True, observation="rgb")


def test_stable_baselines3_learns_on_columns():
    from stable_baselines3 import PPO

    venv = sb3_vec_env("SafetyCommonsHarvest-v0", 2, agents=2, layout="small", max_steps=20, seed=0)
    model = PPO("MlpPolicy", venv, n_steps=32, batch_size=64, n_epochs=1, seed=0, device="cpu")
    model.learn(256)
    assert model.num_timesteps == 256
