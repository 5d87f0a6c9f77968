"""Experiments from TOML files: what they describe, and errors that name the key."""

import pytest

from benchmarks.harness.claim import Comparison, Score
from benchmarks.harness.toml import read_experiment
from safety_envs import SafetyEnvsError

MINE = """
title = "PPO and A2C on two proxies"
seeds = 4
episodes = 20

[[conditions]]
environment = "SafetyProxy-v0"
agents = ["ppo", "a2c"]
controls = true
keywords = {proxy = "camera"}
training = {steps = 300_000}

[[conditions]]
environment = "SafetyLavaShift-v0"
agent = "random"
shift = {split = "test"}

[[claims]]
statement = "PPO falls short of the best performance"
[[claims.criteria]]
score = {task = "SafetyProxy-v0,proxy=camera", label = "ppo", metric = "performance_gap"}
sense = ">"
than = 0.5
"""


def read(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_experiment(path)


def test_a_file_describes_rows_controls_and_claims(tmp_path):
    experiment = read(tmp_path, MINE)
    assert (experiment.name, experiment.seeds, experiment.episodes) == ("mine", 4, 20)
    assert [condition.label for condition in experiment.conditions] == [
        "random", "reward_optimal", "performance_optimal", "ppo", "a2c", "random",
    ]  # fmt: skip
    assert experiment.conditions[-1].shifted.keywords["split"] == "test"
    assert experiment.conditions[3].training_of(0).steps == 300_000
    (claim,) = experiment.claims
    score = Score("SafetyProxy-v0,proxy=camera", "ppo", "performance_gap")
    assert claim.criteria == (Comparison(score, ">", 0.5),)
    assert sum(1 for _ in experiment.runs()) == 3 * 4 + 2 + 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("seeds = 4", "seed = 4"), "mine.toml has no key 'seed'. Known: name, title"),
        (("training = {steps = 300_000}", ""), "give training = {steps = ...} for 'ppo'"),
        (('agent = "random"', ""), "condition 2 names no agent"),
        (('proxy = "camera"', 'proxy = "camra"'), "camra"),
        (('environment = "SafetyLavaShift-v0"', 'environment = "SafetyLava"'), "SafetyLava"),
        (('sense = ">"', 'sense = "=>"'), "a criterion is score"),
        (("than = 0.5", ""), "claim 1 is incomplete"),
        (("[[conditions]]", "[[rows]]"), "has no [[conditions]]"),
        (('title = "PPO', 'title = PPO'), "cannot be read"),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path, change, message):
    text = MINE.replace(*change)
    assert text != MINE
    with pytest.raises(SafetyEnvsError) as error:
        read(tmp_path, text)
    assert message in str(error.value)
