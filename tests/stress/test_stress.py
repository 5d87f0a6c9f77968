"""Disturbances: how often they strike, who decides them, and what is refused."""

import copy
import json
import pickle

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from pettingzoo.test import parallel_api_test

from safety_envs import (
    SafetyEnv,
    SafetyEnvsError,
    SafetyParallelEnv,
    SafetyVectorEnv,
    Stress,
    check_vector_env,
    rollout,
    sb3_vec_env,
)
from safety_envs.core.dice import scrambled
from safety_envs.stress.streams import Streams
from tests.helpers.definitions import DILEMMA, QUEUE
from tests.helpers.ledge import LEDGE

MET = {"entries": 4, "episodes": 4}
EVERYTHING = {
    "action_noise": 0.2,
    "seizure": 0.05,
    "seizure_steps": 2,
    "delay": 1,
    "dropped": 0.2,
    "freeze": 0.1,
    "freeze_steps": 3,
    "adversary": {"kind": "random", "budget": 3, "perturbations": MET},
}


@pytest.mark.parametrize("environment", [QUEUE, LEDGE, "SafetyWhiskyGold-v0"])
def test_a_batch_is_disturbed_as_single_environments_are(environment):
    """In all modes of autoreset; the single environments are reset with the seeds s + i."""
    check_vector_env(
        lambda mode: SafetyVectorEnv(
            environment, 3, autoreset_mode=mode, stress=EVERYTHING, max_steps=9
        ),
        lambda: SafetyEnv(environment, stress=EVERYTHING, max_steps=9),
        steps=40,
    )


def test_gymnasiums_checker_accepts_it():
    env = gym.make("SafetyIslandNavigation-v0", stress=EVERYTHING, max_steps=12)
    check_env(env.unwrapped, skip_render_check=True)
    assert json.loads(env.spec.to_json())["kwargs"]["stress"] == EVERYTHING
    batch = gym.make_vec("SafetyIslandNavigation-v0", num_envs=2, stress={"delay": 1})
    assert batch.unwrapped.engine.stress == Stress(delay=1)


def test_pettingzoos_checker_accepts_it():
    env = SafetyParallelEnv(DILEMMA, stress=EVERYTHING)
    parallel_api_test(env, num_cycles=30)
    env = SafetyParallelEnv(DILEMMA, stress={"action_noise": 1.0})
    env.reset(seed=0)
    *_, infos = env.step({"agent_0": 0, "agent_1": 1})
    assert [info["executed_action"] for info in infos.values()] == [1.0, 0.0]


def test_all_faces_show_the_same():
    """A single environment, the native batch, and that of Stable-Baselines3."""
    envs = SafetyVectorEnv(LEDGE, 2, autoreset_mode="SameStep", stress=EVERYTHING)
    venv = sb3_vec_env(LEDGE, 2, seed=3, stress=EVERYTHING)
    one, other = envs.reset(seed=3)[0], venv.reset()
    random = np.random.default_rng(0)
    for _ in range(20):
        assert np.array_equal(one, other)
        actions = random.integers(2, size=2)
        one, _, terminated, truncated, infos = envs.step(actions)
        other, _, done, columns = venv.step(actions)
        assert np.array_equal(done, terminated | truncated)
        for world in np.flatnonzero(done):
            last = columns[world]["terminal_observation"]
            assert np.array_equal(last, infos["final_obs"][world])
            held = infos["final_info"]["stress_held"][world]
            assert columns[world]["stress_held"] == held


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda env: pickle.loads(pickle.dumps(env))])
def test_copies_are_disturbed_alike(copier):
    listed = {**EVERYTHING, "adversary": {"kind": "random", "budget": 2}}
    env = SafetyVectorEnv(LEDGE, 3, stress=listed)
    env.reset(seed=1)
    env.step(np.ones(3, np.int64))
    other = copier(env)
    for _ in range(8):
        one, two = env.step(np.ones(3, np.int64)), other.step(np.ones(3, np.int64))
        assert np.array_equal(one[0], two[0]) and np.array_equal(one[1], two[1])
        assert np.array_equal(one[4]["executed_action"], two[4]["executed_action"])


def test_streams_are_those_of_splitmix64():
    """In plain Python, as the dice draw; and streams of another name are others."""
    streams = Streams(2, "noise", 2)
    words = np.array([5, 9], np.uint64)
    streams.seed(words, np.array([True, True]))
    state = int(streams._state[1])
    streams.draw(np.array([True, False]))  # world 1 stays where it is
    found = streams.draw(np.array([True, True]))
    mask, golden = 2**64 - 1, 0x9E3779B97F4A7C15
    for k in range(2):
        state = (state + golden) & mask
        assert found[1, k] == (scrambled(state) >> 11) / 2**53
    other = Streams(2, "seizure", 2)
    other.seed(words, np.array([True, True]))
    assert not np.array_equal(other._state, streams._state)


def steps_of(stress, number=4000):
    """Plays action 0 from the first world on, and returns the infos of each step."""
    env = SafetyVectorEnv("SafetyIslandNavigation-v0", number, stress=stress, max_steps=4)
    env.reset(seed=0)
    return [env.step(np.zeros(number, np.int64))[4] for _ in range(4)]


def test_noise_strikes_as_often_as_it_should():
    found = np.concatenate([info["executed_action"] for info in steps_of({"action_noise": 0.3})])
    found = found[found >= 0]
    expected = np.array([0.7, 0.1, 0.1, 0.1])
    shares = np.bincount(found.astype(int), minlength=4) / len(found)
    assert (abs(shares - expected) < 4 * np.sqrt(expected * (1 - expected) / len(found))).all()


def test_a_seizure_forces_one_action_for_its_length():
    infos = steps_of({"seizure": 0.2, "seizure_steps": 3})
    seized = np.array([info["stress_seized"] for info in infos])
    began = seized[0] == 1
    assert abs(began.mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 / len(began))
    executed = np.array([info["executed_action"] for info in infos])
    whole = began & (executed >= 0).all(axis=0)  # whose episode goes on
    assert (executed[0] == executed[:3])[:, whole].all()
    assert len(np.unique(executed[0, began])) == 4
    assert (seized[2, whole] == 3).all()


def test_the_adversary_strikes_at_every_step_alike():
    """Budget 2 of 4 observations that count: each is changed with probability one half."""
    stress = {"adversary": {"kind": "random", "budget": 2, "perturbations": 2}}
    env = SafetyVectorEnv("SafetyIslandNavigation-v0", 2000, stress=stress, max_steps=4)
    counts = [env.reset(seed=0)[1]["stress_replaced"]]
    counts += [env.step(np.full(2000, 1))[4]["stress_replaced"] for _ in range(4)]
    alive = counts[-1] == 2
    assert alive.mean() > 0.9
    strikes = np.diff(np.array(counts)[:, alive], axis=0, prepend=0)
    assert (abs(strikes[:4].mean(axis=1) - 0.5) < 4 * np.sqrt(0.25 / alive.sum())).all()
    assert not strikes[4].any()


def test_one_disturbance_leaves_the_chance_of_others_alone():
    alone = steps_of({"action_noise": 0.3}, 50)
    together = steps_of({**EVERYTHING, "action_noise": 0.3, "seizure": 0.0}, 50)
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(one["executed_action"], other["executed_action"])


def test_episodes_of_a_seed_differ_and_repeat():
    env = SafetyEnv("SafetyIslandNavigation-v0", stress={"action_noise": 0.5}, max_steps=8)

    def executed():
        found = []
        done = False
        while not done:
            *_, terminated, truncated, info = env.step(0)
            found.append(info["executed_action"])
            done = terminated or truncated
        return found

    def episodes():
        env.reset(seed=5)
        first = executed()
        env.reset()
        return first, executed()

    once = episodes()
    assert once == episodes() and once[0] != once[1]


def test_rollouts_can_be_stressed():
    def right(engine):
        return np.full(engine.num_worlds, 3)

    clean = rollout("SafetyBoatRace-v0", right, range(50))
    noisy = rollout("SafetyBoatRace-v0", right, range(50), stress={"action_noise": 0.5})
    assert clean.keys() == noisy.keys()
    assert len(np.unique(clean["reward"])) == 1 < len(np.unique(noisy["reward"]))


def test_stress_is_data():
    assert Stress().as_json() == {} == Stress(seizure_steps=9).as_json()
    stress = Stress.of(EVERYTHING)
    assert Stress.of(stress.as_json()) == stress
    assert Stress.of(json.loads(json.dumps(stress.as_json()))) == stress
    assert stress.as_json() != Stress.of({**EVERYTHING, "freeze_steps": 4}).as_json()
    greedy = Stress.of({"adversary": {"kind": "greedy", "against": "agent", "margin": 0.5}})
    assert greedy.against("random").as_json()["adversary"]["against"] == "random"
    assert greedy.as_json()["adversary"]["margin"] == 0.5
    in_memory = greedy.against(np.zeros)
    with pytest.raises(SafetyEnvsError, match="cannot be recorded: name a policy or the folder"):
        in_memory.as_json()


WRONG = [
    ({"noise": 0.1}, "there is no disturbance 'noise'. "),
    ({"action_nois": 0.1}, "Did you mean 'action_noise'?"),
    ({"dropped": 1.5}, "dropped must be a number in 0 .. 1, got 1.5"),
    ({"delay": -1}, "delay must be a whole number"),
    ({"freeze": 0.1, "freeze_steps": 0}, "freeze_steps must be a whole number"),
    ("noise", 'must be a mapping such as {"action_noise": 0.1}'),
    ({"adversary": "random"}, 'must be a mapping such as {"kind": "random"'),
    ({"adversary": {"kind": "greedi"}}, "Did you mean 'greedy'?"),
    ({"adversary": {"kind": "greedy"}}, "is against a policy: give against="),
    ({"adversary": {"against": "random"}}, "is against no policy: leave out against="),
    ({"adversary": {"budget": 0}}, "budget must be a whole number"),
    ({"adversary": {"budge": 1}}, "an adversary has no 'budge'. Did you mean 'budget'?"),
    ({"adversary": {"perturbations": 0}}, "perturbations must be a whole number"),
    ({"adversary": {"kind": "greedy", "against": "nobody"}}, "neither a checkpoint folder nor"),
    (
        {"adversary": {"kind": "greedy", "against": "reward_optimal"}},
        "the actions of a planner depend on the time",
    ),
]


@pytest.mark.parametrize(("stress", "message"), WRONG)
def test_what_is_wrong_is_said(stress, message):
    with pytest.raises(SafetyEnvsError) as error:
        SafetyEnv("SafetyBoatRace-v0", stress=stress)
    assert message in str(error.value)


def test_worlds_that_cannot_be_listed_are_met_instead():
    adversary = {"kind": "random", "budget": 1}
    with pytest.raises(SafetyEnvsError, match='"episodes": 100'):
        SafetyVectorEnv("SafetyCommonsHarvest-v0", 1, stress={"adversary": adversary})


@pytest.mark.parametrize("action", [4, -1, 1.5])
def test_noise_does_not_hide_impossible_actions(action):
    env = SafetyEnv("SafetyBoatRace-v0", stress={"action_noise": 1.0})
    env.reset(seed=0)
    with pytest.raises(SafetyEnvsError, match=r"out of range|must be whole numbers"):
        env.step(action)
    assert env.engine.ledger.steps[0] == 0
