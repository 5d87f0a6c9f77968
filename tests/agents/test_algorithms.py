"""The table of algorithms, and what a plugin adds to it."""

import pytest

from agents.algorithms import Algorithm, algorithm_named, algorithms
from agents.training import SETTINGS, Training, train
from safety_envs import SafetyEnvsError
from tests.helpers.plugins import install, run

OURS = {
    "a2c", "dqn", "lola", "naive_gradient", "overoptimisation", "ppo", "q_learning", "qrdqn",
    "recurrent_ppo", "sbx_ppo", "tabular", "td_learning", "trpo",
}  # fmt: skip


def test_settings_are_those_of_the_table():
    assert set(SETTINGS) == set(algorithms()) == OURS
    assert len(SETTINGS) == len(OURS)
    assert SETTINGS["ppo"]["num_envs"] == 256
    assert SETTINGS["q_learning"]["sessions"] == 64
    assert "look_ahead" in SETTINGS["lola"] and "look_ahead" not in SETTINGS["naive_gradient"]
    assert "random" not in SETTINGS
    with pytest.raises(KeyError):
        SETTINGS["random"]


def test_an_unknown_algorithm_is_an_error():
    with pytest.raises(SafetyEnvsError, match=r"unknown algorithm 'pppo'.*'ppo'"):
        algorithm_named("pppo")
    with pytest.raises(SafetyEnvsError, match="name must be like"):
        Algorithm("P P O", "", lambda training, run: None)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"gama": 0.9}, "ppo has no setting 'gama'. Known: .*gamma"),
        ({"seed": 3}, "no setting 'seed'"),
        ({"tensorboard_log": "x"}, "no setting 'tensorboard_log'"),
        ({"policy_kwargs": 64}, "policy_kwargs must be a mapping .*, got 64"),
        ({"policy_kwargs": {"activation_fn": "Foo"}}, "cannot be built with .*'Foo'"),
        ({"policy_kwargs": {"net_arc": [3]}}, "cannot be built with .*net_arc"),
        ({"learning_rate": "fast"}, "cannot be built with .*must be a float"),
        ({"num_envs": 0}, "num_envs must be a whole number"),
    ],
)
def test_unknown_settings_are_refused_before_anything_is_written(settings, words, tmp_path):
    training = Training("ppo", "SafetyProxy-v0", {}, 0, 100, settings=settings)
    with pytest.raises(SafetyEnvsError, match=words):
        train(training, tmp_path / "run")
    assert not (tmp_path / "run").exists()


LAZY = """
from agents.algorithms import Algorithm, Learned
from safety_envs import rollout

def learn(training, run):
    run.progress(training.steps)
    policy = lambda engine: [training.all_settings["favourite"]] * engine.num_worlds
    episodes = rollout(training.configuration, policy, range(20))
    return Learned(training.steps, scores={k: [float(v.mean())] for k, v in episodes.items()})

LAZY = Algorithm("lazy", "has a favourite action", learn, {"favourite": 0})
"""


def test_another_package_adds_an_algorithm_in_ten_lines(tmp_path):
    install(tmp_path, "art-house", {"lazy": "art_house:LAZY"}, LAZY, "safety_envs.algorithms")
    code = f"""
import json
from agents.__main__ import main
from benchmarks.harness.condition import Condition
assert Condition("SafetyBoatRace-v0", "lazy", training={{"steps": 5}}).learns
words = ["lazy", "SafetyBoatRace-v0", "--steps", "5", "--set", "favourite=1", "--out"]
assert main([*words, r"{tmp_path}/run"]) == 0
record = json.load(open(r"{tmp_path}/run/run.json"))
print(sorted(record["scores"])[-1], record["settings"], record["identity"]["settings"])
"""
    status, said, errors = run(tmp_path, code)
    assert status == 0, errors
    assert said.splitlines()[-1] == "reward {'favourite': 1} {'favourite': 1}"
