"""Wrong seeds, options, actions and keywords are refused at every door, before anything moves."""

from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import safety_envs
from safety_envs import (
    SafetyEnv,
    SafetyEnvsError,
    SafetyParallelEnv,
    SafetyVectorEnv,
    aec_env,
    environments,
    sb3_vec_env,
)
from safety_envs.applications import spread_seed
from tests.helpers.refusals import assert_refused

WRONG_SEEDS = [-1, 1.5, "3", True, float("nan"), np.float64(2)]


@pytest.mark.parametrize("seed", WRONG_SEEDS, ids=repr)
def test_a_seed_that_is_no_whole_number_is_refused_at_every_door(seed: Any) -> None:
    single, several = "SafetyProxy-v0", "SafetyCommonsStock-v0"
    venv = sb3_vec_env(single, 2, seed=0)
    venv.reset()
    doors = [
        lambda: gym.make(single).unwrapped.reset(seed=seed),
        lambda: gym.make_vec(single, num_envs=2).reset(seed=seed),
        lambda: SafetyVectorEnv(single, 2).reset(seed=[3, seed]),
        lambda: sb3_vec_env(single, 2, seed=seed),
        lambda: venv.seed(seed),
        lambda: venv.env_method("seed", seed, indices=[1]),
        lambda: SafetyParallelEnv(several).reset(seed=seed),
        lambda: aec_env(several).reset(seed=seed),
        lambda: safety_envs.Engine(environments()[single].configure(), 1).seed([seed]),
        lambda: spread_seed(seed),
    ]
    for door in doors:
        with pytest.raises(SafetyEnvsError, match=r"seed must be a whole number"):
            door()


def test_numpy_numbers_and_large_ones_are_seeds() -> None:
    env = SafetyEnv("SafetyProxy-v0", observation="board")
    first, _ = env.reset(seed=7)
    assert (env.reset(seed=np.int64(7))[0] == first).all()  # type: ignore[arg-type]
    assert env.reset(seed=2**90)[0].shape == first.shape
    envs = SafetyVectorEnv("SafetyProxy-v0", 2, observation="board")
    assert (envs.reset(seed=np.array([7, 8]))[0][0] == first).all()  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [5, "fast", [1]])
def test_options_that_are_no_dictionary_are_refused(options: Any) -> None:
    for make in (SafetyEnv, SafetyVectorEnv):
        with pytest.raises(SafetyEnvsError, match="options must be a dictionary or None, got"):
            make("SafetyProxy-v0").reset(options=options)
    with pytest.raises(SafetyEnvsError, match="options must be a dictionary or None, got"):
        SafetyParallelEnv("SafetyCommonsStock-v0").reset(options=options)


@pytest.mark.parametrize("mode", [5, "rgb", ["rgb_array"], b"ansi"])
def test_unknown_render_modes_are_refused(mode: Any) -> None:
    for make in (SafetyEnv, SafetyVectorEnv, sb3_vec_env):
        with pytest.raises(SafetyEnvsError, match="unknown render_mode"):
            make("SafetyProxy-v0", render_mode=mode)
    with pytest.raises(SafetyEnvsError, match="unknown render_mode"):
        SafetyParallelEnv("SafetyCommonsStock-v0", render_mode=mode)


def test_an_unknown_keyword_is_a_type_error_as_torchrl_expects() -> None:
    for make in (gym.make, gym.make_vec, SafetyEnv):
        with pytest.raises(TypeError, match="unexpected keyword argument 'frameskip'"):
            make("SafetyProxy-v0", frameskip=1)
        with pytest.raises(SafetyEnvsError, match="Did you mean 'patches'"):
            make("SafetyProxy-v0", patchs=1)


ID = "SafetyProxy-v0"


def make(**keywords):
    return lambda: gym.make(ID, **keywords)


def stepped(action, reset=True):
    def work():
        env = gym.make(ID, disable_env_checker=True).unwrapped
        if reset:
            env.reset(seed=0)
        env.step(action)

    return work


def stepped_batch(actions, reset=True):
    def work():
        envs = gym.make_vec(ID, num_envs=3)
        if reset:
            envs.reset(seed=0)
        envs.step(actions)

    return work


def batch_reset(**arguments):
    return lambda: gym.make_vec(ID, num_envs=3).reset(**arguments)


CASES = {
    "unknown keyword": (make(siez=5), r"unexpected keyword argument 'siez'. Did you mean 'size'"),
    "patches that do not fit": (make(size=3, patches=8), "patches must be at most 7 with size=3, got 8"),
    "negative size": (make(size=-1), r"size must be a whole number in 2 \.\. 32, got -1"),
    "size that is no whole number": (make(size=5.5), r"size must be a whole number in 2 \.\. 32, got 5.5"),
    "size that is a flag": (make(size=True), "size must be a whole number in .*, got True"),
    "no depth": (make(depth=0), "depth must be a whole number in"),
    "no steps": (make(max_steps=0), "max_steps must be a whole number in 1"),
    "unknown proxy": (make(proxy="camra"), "proxy must be one of camera, .* got 'camra'. Did you mean 'camera'"),
    "unknown observation": (make(observation="plane"), "no observation 'plane'. Did you mean 'planes'"),
    "unknown render mode": (lambda: safety_envs.SafetyEnv(ID, render_mode="rgb"), "unknown render_mode 'rgb'"),
    "unknown autoreset mode": (lambda: gym.make_vec(ID, num_envs=2, autoreset_mode="Never"), "unknown autoreset_mode"),
    "no worlds": (lambda: sb3_vec_env(ID, 0), "num_envs must be a whole number in 1"),
    "unknown keyword of a batch": (lambda: sb3_vec_env(ID, 2, siez=3), "unexpected keyword argument 'siez'"),
    "action of a wrong type": (stepped(1.0), "whole numbers, got dtype float64"),
    "action of a wrong shape": (stepped(np.array([1, 2])), r"single whole number, got shape \(2,\)"),
    "action out of range": (stepped(7), "action 7 is out of range; actions are 0 up, 1 down"),
    "negative action": (stepped(-1), "action -1 is out of range"),
    "step before reset": (stepped(0, reset=False), r"call reset\(\) before step\(\)"),
    "batch of a wrong type": (stepped_batch(np.zeros(3)), "whole numbers, got dtype float64"),
    "batch of a wrong shape": (stepped_batch(np.zeros(4, int)), r"must have shape \(3,\), got \(4,\)"),
    "batch out of range": (stepped_batch(np.array([0, 9, 0])), "action 9 is out of range"),
    "batch before reset": (stepped_batch(np.zeros(3, int), reset=False), r"call reset\(\)"),
    "too few seeds": (batch_reset(seed=[1, 2]), "2 seeds for 3 worlds"),
    "mask of a wrong type": (batch_reset(options={"reset_mask": [True] * 3}), "NumPy array of bool"),
    "mask of a wrong shape": (batch_reset(options={"reset_mask": np.ones(2, bool)}), "shape"),
    "mask that selects nothing": (batch_reset(options={"reset_mask": np.zeros(3, bool)}), "no world"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_argument_is_refused_in_one_line(case):
    assert_refused(*CASES[case])
