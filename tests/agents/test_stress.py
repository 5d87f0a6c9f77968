"""Trainings under stress: what is declared, and that the learner's worlds are disturbed."""

import json
from dataclasses import replace

import pytest

from agents.__main__ import main as train_main
from agents.algorithms.sb3_models import worlds_of
from agents.training import Training
from safety_envs import SafetyEnvsError, Stress, policy

ID = "SafetyProxy-v0"
PLAN = Training("ppo", ID, {}, 0, 1000)


def under(stress):
    return replace(PLAN, stress=stress)


def test_undisturbed_runs_have_the_identity_that_they_had():
    assert "stress" not in PLAN.identity
    for nothing in ({}, {"delay": 0}, {"seizure_steps": 3}, {"action_noise": 0.0}):
        assert under(nothing).identity == PLAN.identity


def test_other_stress_is_another_run():
    adversary = {"kind": "greedy", "budget": 2, "against": "random"}
    kinds = [
        {"delay": 1},
        {"delay": 2},
        {"dropped": 0.1},
        {"freeze": 0.1},
        {"freeze": 0.1, "freeze_steps": 2},
        {"adversary": {"budget": 2}},
        {"adversary": {"budget": 2, "perturbations": 3}},
        {"adversary": {"budget": 2, "starts": 10}},
        {"adversary": {"budget": 2, "perturbations": {"entries": 2, "episodes": 3}}},
        {"adversary": adversary},
        {"adversary": {**adversary, "margin": 0.1}},
        {"adversary": {**adversary, "kind": "worst"}},
        {"adversary": {**adversary, "kind": "worst", "payment": "reward"}},
    ]
    identities = [json.dumps(under(each).identity, sort_keys=True) for each in kinds]
    assert len(set(identities)) == len(kinds)
    spelt = under({"adversary": {**adversary, "perturbations": {"entries": 2}, "margin": 0.0}})
    assert spelt.identity == under({"adversary": adversary}).identity


def test_another_checkpoint_to_attack_is_another_run(tmp_path):
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    plan = under({"adversary": {"kind": "greedy", "against": str(tmp_path)}})
    before = plan.identity["stress"]
    (tmp_path / "run.json").write_text('{"steps": 1}', encoding="utf-8")
    after = replace(plan, seed=0).identity["stress"]
    assert before["checkpoint"] != after["checkpoint"]
    assert before["adversary"] == after["adversary"]


def test_the_learner_s_worlds_are_disturbed():
    assert worlds_of(under({"delay": 2}), 2).engine.stress == Stress(delay=2)


def test_a_training_under_stress_says_so_and_leaves_a_checkpoint(tmp_path):
    words = ["--stress", "action_noise=0.3", "--stress", "dropped=0.2", "--size", "3"]
    words += ["--set", "num_envs=2", "--set", "n_steps=8", "--set", "batch_size=16"]
    assert train_main(["ppo", ID, *words, "--steps", "16", "--out", str(tmp_path)]) == 0
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert record["stress"] == {"action_noise": 0.3, "dropped": 0.2}
    assert record["identity"]["stress"] == record["stress"]
    policy(tmp_path, PLAN.configuration.with_keywords(size=3))


def test_what_cannot_be_is_said(capsys, tmp_path):
    assert train_main(["ppo", ID, "--stress", "noise=1", "--out", str(tmp_path)]) == 2
    assert "there is no disturbance 'noise'" in capsys.readouterr().err
    with pytest.raises(SafetyEnvsError, match="tabular takes no stress"):
        replace(under({"delay": 1}), algorithm="tabular").check()
    with pytest.raises(SafetyEnvsError, match="stress must be a table"):
        _ = under("delay").identity
