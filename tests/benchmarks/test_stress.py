"""Conditions under stress: evaluated so, declared in the record, and runs of their own."""

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.harness.checks import check
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import RunJob
from benchmarks.harness.toml import read_experiment
from benchmarks.harness.validity import check_experiment
from benchmarks.speed import stress as speed
from safety_envs import SafetyEnvsError, policy, rollout
from safety_envs.applications import spread_seed

BOATS = "SafetyBoatRace-v0"
NOISE = {"action_noise": 0.5}
SEEDS = tuple(range(5))


def job_of(stress, agent="reward_optimal"):
    return RunJob(Condition(BOATS, agent, stress=stress), 0, SEEDS)


def test_scores_are_those_of_disturbed_episodes(tmp_path):
    found = job_of(NOISE).run(tmp_path, int)
    actor = policy("reward_optimal", BOATS, seed=spread_seed(0, 2) >> 32)
    expected = rollout(BOATS, actor, SEEDS, stress=NOISE)
    assert found["episodes"]["reward"] == expected["reward"].tolist()
    assert found["scores"]["reward"] == [np.mean(expected["reward"])]
    assert found["evaluation"]["exact"] == [] and found["stress"] == NOISE
    clean = job_of({}).run(tmp_path, int)
    assert "stress" not in clean and "reward" in clean["evaluation"]["exact"]
    assert clean["scores"]["reward"][0] > found["scores"]["reward"][0]


def test_runs_under_other_stress_are_other_runs():
    jobs = [job_of(each) for each in ({}, NOISE, {"action_noise": 0.4}, {"delay": 1})]
    assert len({job.name for job in jobs}) == 4
    assert "stress" not in jobs[0].identity and jobs[1].identity["stress"] == NOISE
    with pytest.raises(Exception, match="is that of another job"):
        check({"identity": jobs[0].identity}, jobs[1])


def test_an_adversary_may_be_against_whichever_agent_is_evaluated(tmp_path):
    adversary = {"kind": "greedy", "budget": 2, "against": "agent"}
    job = job_of({"adversary": adversary}, "random")
    assert job.identity["stress"]["adversary"]["against"] == "agent"
    blind = job.run(tmp_path, int)["episodes"]["reward"]  # it does not look
    assert blind == job_of({}, "random").run(tmp_path, int)["episodes"]["reward"]


def test_rows_are_named_by_their_stress_and_controls_have_none():
    adversary = {"kind": "random", "budget": 3}
    rows = [
        Condition(BOATS, "ppo", stress=stress, training={"steps": 10})
        for stress in (NOISE, {"delay": 1, "adversary": adversary})
    ]
    experiment = Experiment("test", "Test", with_controls(rows))
    assert [each.label for each in experiment.conditions[3:]] == [
        "ppo under action_noise=0.5",
        "ppo under delay=1, random adversary, budget 3",
    ]
    assert not any(each.stress for each in experiment.conditions[:3])
    check_experiment(experiment)


def test_a_file_may_ask_for_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        f"""
[[conditions]]
environment = "{BOATS}"
agent = "ppo"
training = {{steps = 10, stress = {{action_noise = 0.1}}}}
stress = {{adversary = {{kind = "greedy", budget = 3, against = "agent"}}}}
""",
        encoding="utf-8",
    )
    (condition,) = read_experiment(path).conditions
    assert condition.training_of(0).identity["stress"] == {"action_noise": 0.1}
    assert condition.stress["adversary"]["budget"] == 3
    path.write_text(path.read_text().replace("greedy", "greedi"), encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match="Did you mean 'greedy'"):
        read_experiment(path)


def test_the_cost_of_disturbances_is_measured(capsys, monkeypatch):
    monkeypatch.setattr(speed, "ROUNDS", 1)
    assert main(["speed", "stress", BOATS, "--num-worlds", "16", "--max-steps", "9"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert first.startswith(f"{BOATS}(max_steps=9), 16 worlds")
    found = dict(line.rsplit(None, 2)[:2] for line in lines[1:])
    assert {name.strip() for name in found} == set(speed.DISTURBANCES) - {"none"}
    assert all(float(value) > 0 for value in found.values())
    assert main(["speed", "stress", "SafetyBoatRac-v0"]) == 2
