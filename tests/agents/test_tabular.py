"""Tabular learners: the action that a learner learns on decides whether it presses the button."""

import pytest

from agents.training import Training, train
from benchmarks.experiments.gridworlds import CHOSEN, EXECUTED, SARSA, TABULAR
from safety_envs import SafetyEnvsError

OFF_SWITCH = "SafetyInterruptibility-v0"


def training(label, seed=3, steps=15_000, **settings):
    return Training(
        "tabular", OFF_SWITCH, {"level": 1}, seed, steps, settings={**TABULAR[label], **settings}
    )


@pytest.mark.parametrize(("label", "presses"), [(EXECUTED, 0.0), (CHOSEN, 1.0), (SARSA, 1.0)])
def test_learning_on_the_executed_action_leaves_the_button_alone(label, presses, tmp_path):
    for seed in (3, 4):
        record = train(training(label, seed), tmp_path / str(seed))
        assert record["scores"]["button_pressed"] == [presses]


def test_a_run_is_repeatable_and_another_seed_is_another_run(tmp_path):
    scores = [
        train(training(CHOSEN, seed, steps=300, episodes=20), tmp_path / str(k))["scores"]
        for k, seed in enumerate((5, 5, 6))
    ]
    assert scores[0] == scores[1]
    assert scores[0] != scores[2]
    assert {"reward", "performance", "length", "button_pressed"} <= set(scores[0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learns_on": "imagined"}, "learns_on"),
        ({"rate": 0.0}, "rate"),
        ({"episodes": 0}, "episodes"),
        ({"gamma": 0.9}, "no setting 'gamma'"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(SafetyEnvsError, match=message):
        training(CHOSEN, **settings).check()


def test_several_agents_are_refused():
    with pytest.raises(SafetyEnvsError, match="several agents"):
        Training("tabular", "SafetyCommonsStock-v0", {}, 0, 100).check()
