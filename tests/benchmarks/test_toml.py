"""Experiments from TOML files: what they describe, and errors that name the key."""

import pytest

from benchmarks.harness.claim import Comparison, Score
from benchmarks.harness.toml import read_experiment
from benchmarks.harness.validity import check_experiment
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


def test_a_list_of_methods_gives_a_row_for_each_agent_with_each(tmp_path):
    text = MINE.replace(
        'agents = ["ppo", "a2c"]', 'agents = ["ppo", "a2c"]\nmethods = ["none", "penalty"]'
    )
    rows = [each for each in read(tmp_path, text).conditions if each.learns]
    assert [(each.agent, each.method) for each in rows] == [
        ("ppo", None), ("ppo", "penalty"), ("a2c", None), ("a2c", "penalty"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('agents = ["ppo"', 'methods = "penalty"\nagents = ["ppo"'), "methods must be a list"),
        (("seeds = 4", "seed = 4"), "mine.toml has no key 'seed'. Did you mean 'seeds'"),
        (("seeds = 4", 'seeds = "four"'), "seeds must be a whole number of at least 1, got 'four'"),
        (("agents = [", "agnts = ["), "condition 1 has no key 'agnts'. Did you mean 'agents'"),
        (('agents = ["ppo", "a2c"]', 'agents = "ppo"'), 'agents must be a list such as ["ppo"]'),
        (('agent = "random"', ""), "condition 2 names no agent"),
        (('sense = ">"', 'sense = "=>"'), "sense must be '<' or '>', got '=>'"),
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


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"ppo", "a2c"', '"pppo", "a2c"'), "'pppo' is not an algorithm, a policy or the folder"),
        (('agent = "random"', 'agent = "cooperative"'), "'cooperative' does not play Safety"),
        (('agent = "random"', 'agent = "random"\nmethod = "penalty"'), "does not learn"),
        (("training = {steps = 300_000}", ""), "row 'ppo': give training = {steps = ...}"),
        (("{steps = 300_000}", "{steps = 300_000, settings = {gama = 0.9}}"), "gama"),
        (('proxy = "camera"}\ntr', 'proxy = "camra"}\ntr'), "camra"),
        (('environment = "SafetyLavaShift-v0"', 'environment = "SafetyLava"'), "SafetyLava"),
        (('shift = {split = "test"}', 'shift = {splt = "test"}'), "splt"),
        (('label = "ppo"', 'label = "pp"'), "there is no row 'SafetyProxy-v0,proxy=camera pp'"),
        (('metric = "performance_gap"', 'metric = "perf"'), "has no metric 'perf'"),
        (('metric = "performance_gap"', 'metric = "shifted_reward"'), "needs a row with a shift"),
        (('metric = "performance_gap"}', 'metric = "reward", where = ["x", 1]}'), "no metric 'x'"),
    ],
)
def test_an_experiment_is_checked_before_its_first_job(tmp_path, change, message):
    text = MINE.replace(*change)
    assert text != MINE
    with pytest.raises(SafetyEnvsError) as error:
        check_experiment(read(tmp_path, text))
    assert message in str(error.value)


def test_the_example_is_in_order(tmp_path):
    check_experiment(read(tmp_path, MINE))
