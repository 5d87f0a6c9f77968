"""PettingZoo's environments: its own checks, and the same play by all APIs."""

import inspect
import warnings

import gymnasium as gym
import numpy as np
import pettingzoo
import pytest
from gymnasium.vector import AutoresetMode
from pettingzoo.test import api_test, parallel_api_test, render_test
from pettingzoo.test.max_cycles_test import max_cycles_test
from pettingzoo.test.seed_test import parallel_seed_test, seed_test
from pettingzoo.test.state_test import state_test

import safety_envs
from safety_envs import SafetyEnvsError, sb3_vec_env, zoo
from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv, aec_env
from safety_envs.adapters.vector_env import SafetyVectorEnv
from tests.helpers.definitions import DILEMMA
from tests.helpers.engines import random_actions
from tests.helpers.registry import GROUPS, SEVERAL, id_of, with_encodings

CASES = with_encodings(GROUPS)
STEPS = 40


@pytest.mark.parametrize(("environment", "encoding"), CASES)
def test_pettingzoo_checks(environment, encoding):
    parallel_api_test(SafetyParallelEnv(environment, observation=encoding), num_cycles=STEPS)
    if encoding == "text":
        return  # its check of the other form reads an observation's dtype
    with warnings.catch_warnings():
        # It says so where an observation is all zeros, or one number, or not between 0 and 255.
        warnings.filterwarnings("ignore", message=".*single number.*")
        warnings.filterwarnings("ignore", message=".*zeros.*|.*negative.*|.*minimum.*|.*maximum.*")
        warnings.filterwarnings("ignore", message=".*environment has not defined.*")
        api_test(aec_env(environment, observation=encoding), num_cycles=STEPS)


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_pettingzoo_checks_of_rendering_seeds_and_states(environment):
    render_test(lambda **options: aec_env(environment, **options))
    parallel_seed_test(lambda: SafetyParallelEnv(environment))
    seed_test(lambda: aec_env(environment), num_cycles=STEPS)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*zeros.*|.*negative.*")
        state_test(aec_env(environment), SafetyParallelEnv(environment))


def play_parallel(environment, seed, steps, actions):
    """Plays with resets; returns all that an agent is given, step by step."""
    env = SafetyParallelEnv(environment)
    history = [env.reset(seed=seed)]
    for row in actions[:steps]:
        history.append(env.step(dict(zip(env.agents, row.tolist(), strict=True))))
        if not env.agents:
            history.append(env.reset())
    return history


def assert_same(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_same(one[key], other[key])
    elif isinstance(one, (tuple, list)):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            assert_same(left, right)
    else:
        assert np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f")


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_a_seed_fixes_whole_episodes(environment):
    steps = min(2 * environment.max_steps + 10, 300)
    actions = random_actions(environment, steps)
    once = play_parallel(environment, 5, steps, actions)
    assert_same(once, play_parallel(environment, 5, steps, actions))
    if environment.id in ("SafetyCommonsHarvest-v0", "SafetyCleanUp-v0"):
        other = play_parallel(environment, 6, steps, actions)
        with pytest.raises(AssertionError):
            assert_same(once, other)


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_aec_plays_as_parallel(environment):
    parallel, aec = SafetyParallelEnv(environment), aec_env(environment)
    parallel.reset(seed=3)
    aec.reset(seed=3)
    for row in random_actions(environment, min(20, environment.max_steps)):
        actions = dict(zip(parallel.agents, row.tolist(), strict=True))
        seen, rewards, terminated, truncated, _ = parallel.step(actions)
        for agent in aec.agents[:]:
            assert aec.agent_selection == agent
            aec.step(actions[agent])
        for agent in seen:
            assert np.array_equal(aec.observe(agent), seen[agent])
            assert aec.rewards[agent] == rewards[agent]
            assert aec.terminations[agent] == terminated[agent]
            assert aec.truncations[agent] == truncated[agent]
        if not parallel.agents:  # the rules ended the episode
            break


@pytest.mark.parametrize("environment", GROUPS, ids=id_of)
def test_the_batch_and_the_columns_play_as_parallel_environments(environment):
    worlds, seed = 3, 11
    agents = environment.configure().agents
    batch = SafetyVectorEnv(environment, worlds, autoreset_mode=AutoresetMode.SAME_STEP)
    columns = sb3_vec_env(environment, worlds, seed=seed)
    singles = [SafetyParallelEnv(environment) for _ in range(worlds)]
    seen, _ = batch.reset(seed=seed)
    assert np.array_equal(columns.reset(), seen.reshape(columns.num_envs, *seen.shape[2:]))
    assert columns.num_envs == worlds * agents
    assert seen in batch.observation_space
    assert seen[0, 0] in columns.observation_space
    for i, env in enumerate(singles):
        env.reset(seed=seed + i)
    steps = min(environment.max_steps + 20, 150)
    for action in random_actions(environment, steps, worlds):
        assert action in batch.action_space
        seen, rewards, terminated, truncated, infos = batch.step(action)
        found = columns.step(action.ravel())
        assert rewards.shape == (worlds,)
        own = infos["agent_rewards"]
        assert own.shape == (worlds, agents)
        assert rewards == pytest.approx(own.sum(axis=1))
        assert np.array_equal(found[0].reshape(seen.shape), seen)
        assert np.array_equal(found[1], own.ravel().astype(np.float32))
        assert np.array_equal(found[2], np.repeat(terminated | truncated, agents))
        for i, env in enumerate(singles):
            step = env.step(dict(zip(env.agents, action[i].tolist(), strict=True)))
            assert list(step[1].values()) == own[i].tolist()
            assert list(step[3].values()) == [truncated[i]] * agents
            rows = found[3][i * agents : (i + 1) * agents]
            for info, row in zip(step[4].values(), rows, strict=True):
                shared = {key: row[key] for key in info}
                assert_same(shared, info)
            if not env.agents:
                last = np.stack([row["terminal_observation"] for row in rows])
                assert np.array_equal(last, batch_last(infos, i))
                assert np.array_equal(last, np.stack(list(step[0].values())))
                assert [row["TimeLimit.truncated"] for row in rows] == [truncated[i]] * agents
                episode = [row["episode"]["r"] for row in rows]
                assert episode == [info["episode_return"] for info in step[4].values()]
                env.reset()


def batch_last(infos, world):
    return infos["final_obs"][world]


@pytest.mark.skipif(not hasattr(pettingzoo, "make"), reason="PettingZoo has make() since 1.27")
@pytest.mark.parametrize("environment", SEVERAL, ids=id_of)
def test_both_registries_know_the_environment(environment):
    parallel = pettingzoo.make("parallel", environment.id)
    assert isinstance(parallel, pettingzoo.ParallelEnv)
    assert isinstance(pettingzoo.make("aec", environment.id), pettingzoo.AECEnv)
    batch = gym.make_vec(environment.id, num_envs=2)
    assert batch.reset(seed=0)[0].shape[:2] == (2, len(parallel.possible_agents))
    with pytest.raises(SafetyEnvsError, match=r"pettingzoo\.make"):
        gym.make(environment.id)


def test_modules_as_of_older_pettingzoo_make_environments():
    from safety_envs.zoo import commons_harvest_v0

    env = commons_harvest_v0.parallel_env(agents=3)
    assert env.possible_agents == ["agent_0", "agent_1", "agent_2"]
    assert isinstance(commons_harvest_v0.env(), pettingzoo.AECEnv)
    assert "commons_harvest_v0" in dir(zoo)
    max_cycles_test(commons_harvest_v0)
    with pytest.raises(AttributeError, match="commons_harvest_v0"):
        zoo.commons_harvest_v1  # noqa: B018


def number_keyword(environment):
    return "agents" in inspect.signature(environment.level).parameters


@pytest.mark.parametrize("environment", [e for e in SEVERAL if number_keyword(e)], ids=id_of)
def test_the_number_of_agents_is_a_keyword(environment):
    for agents in (2, 16):
        env = SafetyParallelEnv(environment, agents=agents)
        seen, _ = env.reset(seed=0)
        assert len(seen) == agents
    for wrong in (1, 17, 2.5):
        with pytest.raises(SafetyEnvsError, match="agents"):
            SafetyParallelEnv(environment, agents=wrong)


def test_step_says_what_is_wrong():
    env = SafetyParallelEnv(DILEMMA)
    with pytest.raises(safety_envs.ResetNeeded):
        env.step({"agent_0": 0, "agent_1": 0})
    env.reset(seed=0)
    with pytest.raises(SafetyEnvsError, match="agent_1"):
        env.step({"agent_0": 0})
    with pytest.raises(SafetyEnvsError, match="out of range"):
        env.step({"agent_0": 0, "agent_1": 9})
    with pytest.raises(SafetyEnvsError, match=r"gymnasium\.make"):
        SafetyParallelEnv("SafetyProxy-v0")
    with pytest.raises(SafetyEnvsError, match="contradict each other"):
        SafetyParallelEnv(DILEMMA, max_cycles=3, max_steps=4)
