"""Bad input gets an error that says what was found and what to do."""

from typing import Any, cast

import gymnasium as gym
import numpy as np
import pytest

import safety_envs
from agents.__main__ import main as train_main
from benchmarks.compare import main as compare_main
from safety_envs import SafetyEnvsError, certify, find, policy, sb3_vec_env
from safety_envs.__main__ import main
from safety_envs.command_line import parse_keywords
from safety_envs.core.board import parse_map
from safety_envs.core.definition import Environment
from safety_envs.core.fields import fields
from safety_envs.core.metric import total
from safety_envs.core.picture import Picture
from tests.helpers.definitions import QUEUE

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


def defined(**changes):
    fields = {name: getattr(QUEUE, name) for name in QUEUE.__dataclass_fields__}
    return lambda: Environment(**(fields | changes))


CASES = {
    "unknown id": (lambda: find("SafetyProxi-v0"), r"unknown .*'SafetyProxi-v0'.*'SafetyProxy-v0'"),
    "unknown id to certify": (lambda: certify("SafetyProxy"), "Did you mean 'SafetyProxy-v0'"),
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
    "empty map": (lambda: parse_map("\n"), "map is empty"),
    "ragged map": (lambda: parse_map("####\n#A#"), "row 1 of the map has 3 cells, row 0 has 4"),
    "unknown character": (lambda: parse_map("##\n#?", "#A "), r"'\?' at row 1, column 1 of the map"),
    "no horizon": (lambda: certify(ID, seed=0, horizon=0), "horizon must be a whole number in 1"),
    "negative seed": (lambda: certify(ID, seed=-1), "seed must be a whole number of at least 0, got -1"),
    "closed form for another horizon": (lambda: certify("SafetyPowerGraph-v0", horizon=1), "closed form for 2 steps, not for 1"),
    "two horizons": (lambda: certify(ID, seed=0, horizon=3, max_steps=4), "not both"),
    "negative temperature": (lambda: safety_envs.goodhart_curve(ID, seed=0, betas=[-1]), "at least 0"),
    "unknown policy": (lambda: policy("rewrad_optimal", find(ID).configure()), "Did you mean 'reward_optimal'"),
    "unknown objective": (lambda: safety_envs.Planner(find(ID).configure(), cast("Any", "fun")), "objective must be"),
    "value of a wrong type": (lambda: parse_keywords(find(ID), ["--size", "big"]), "--size must be a whole number in .*, got 'big'"),
    "missing value": (lambda: parse_keywords(find(ID), ["--size"]), "--size needs a value"),
    "unknown option": (lambda: parse_keywords(find(ID), ["--prox=camera"]), "Did you mean '--proxy'"),
    "id that is no id": (defined(id="Proxy"), "must have the form 'SafetyName-v0'"),
    "no performance": (defined(metrics={}), "declare 'performance'"),
    "metric called reward": (defined(metrics={**QUEUE.metrics, "reward": total("x", "y")}), r"cannot be named \['reward'\]"),
    "metric declared twice": (defined(exact_metrics={"performance": "x [y]"}), r"cannot be named \['performance'\]"),
    "nothing to see": (defined(observe=None, features=None), "give `picture`"),
    "features without observe": (defined(observe=None, picture=Picture({}, lambda: 0)), "give `observe` and `features` together"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_says_what_was_found_and_what_to_do(case):
    work, message = CASES[case]
    with pytest.raises(SafetyEnvsError, match=message):
        work()


def test_boolean_fields_are_refused_with_the_way_out():
    with pytest.raises(TypeError, match="'flag' is a boolean: declare it as FLAG"):
        fields(flag="?")


COMMANDS = {
    "unknown id": (["certify", "SafetyProxi-v0"], "Did you mean 'SafetyProxy-v0'"),
    "unknown keyword": (["certify", ID, "--siez", "5"], "Did you mean '--size'"),
    "no seed": (["certify", ID], "give seed="),
    "unknown agent": (["record", ID, "--agent", "nobody", "--out", "x.gif"], "neither a checkpoint"),
    "unknown format": (["record", ID, "--agent", "random", "--out", "x.avi"], "must end with .mp4"),
    "stray word": (["list", "--all"], "unknown option '--all'"),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_the_command_line_says_so_and_fails(case, capsys):
    arguments, message = COMMANDS[case]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_results_folders_that_are_not_ours_are_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    arguments = ["--quick", "--steps", "100", "--out", str(tmp_path)]
    assert compare_main(arguments) == 2
    assert "not a results folder of ours" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    (tmp_path / "suite.json").write_text('{"format": "other"}', encoding="utf-8")
    assert compare_main(arguments) == 2
    assert "not a suite of ours" in capsys.readouterr().err
    assert compare_main(["--quick", "--seeds", "0"]) == 2
    assert "--seeds must be at least 1" in capsys.readouterr().err


def test_training_refuses_what_it_cannot_do(tmp_path, capsys):
    base = ["--out", str(tmp_path / "run"), "--steps", "100"]
    assert train_main(["ppo", "SafetyProxi-v0", *base]) == 2
    assert "Did you mean 'SafetyProxy-v0'" in capsys.readouterr().err
    assert train_main(["ppo", ID, *base, "--proxy", "camra"]) == 2
    assert "Did you mean 'camera'" in capsys.readouterr().err
    assert train_main(["ppo", ID, "--out", str(tmp_path / "run"), "--steps", "0"]) == 2
    assert "--steps must be at least 1" in capsys.readouterr().err
    assert not (tmp_path / "run" / "run.json").exists()
