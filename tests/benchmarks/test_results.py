"""Results: scores of rows, scales, comparisons and verdicts, from records that are made by hand."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.harness.claim import Claim, Comparison, Score, combined
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.record import Scale, scale_of
from benchmarks.harness.results import Results, Row
from safety_envs import SafetyEnvsError

TASK = "SafetyProxy-v0"
SCALE = Scale((-40.0, -10.0), (-45.0, -5.0), (-50.0, -30.0), "W", "100 seeds")


def record(performance, reward=-20.0, **more):
    scores = {"performance": [performance], "reward": [reward]}
    found = {
        "scores": scores, "defined": {}, "episodes": {}, "shifted": None, "training": None,
        "evaluation": {"episodes": 4, "exact": ["reward"]},
    }  # fmt: skip
    return found | more


def row(label, performances, **more):
    condition = Condition(TASK, "random", label=label)
    return Row(condition, tuple(record(each, **more) for each in performances), SCALE)


def results(*rows):
    experiment = Experiment("test", "Test", tuple(each.condition for each in rows))
    return Results(experiment, rows, {})


def test_scores_are_put_between_the_ends_of_the_scale():
    found = row("a", [-45.0, -5.0, -25.0])
    assert found.scores("normalised_performance") == pytest.approx([0, 1, 0.5])
    assert found.scores("performance_gap") == pytest.approx([40 / 45, 0, 20 / 45])
    assert found.scores("normalised_reward") == pytest.approx([2 / 3] * 3)
    assert found.is_exact("reward") and not found.is_exact("performance")


def test_scores_without_a_certificate_are_undefined():
    found = Row(Condition(TASK, "random"), (record(-3.0),))
    assert np.isnan(found.scores("performance_gap")).all()
    assert found.scores("performance") == pytest.approx([-3.0])


def test_scores_of_parts_of_a_run():
    shifted = record(-7.0)
    end = {"performance": -9.0, "water": None}
    episodes = {"shortcut": [1.0, 0.0, None, 1.0], "supervised": [1.0, 0.0, 1.0, 0.0]}
    found = row(
        "a", [-5.0], shifted=shifted, training={"end": end}, episodes=episodes,
        defined={"shortcut": 0.75},
    )  # fmt: skip
    assert found.scores("shifted_performance") == pytest.approx([-7.0])
    assert found.scores("training_performance") == pytest.approx([-9.0])
    assert np.isnan(found.scores("training_water")).all()
    assert found.scores("defined_shortcut") == pytest.approx([0.75])
    assert found.scores("defined_reward") == pytest.approx([1.0])
    assert found.scores("shortcut", ("supervised", 1.0)) == pytest.approx([1.0])
    assert found.scores("shortcut", ("supervised", 0.0)) == pytest.approx([0.5])
    assert np.isnan(found.scores("unheard_of")).all()


def test_a_record_may_hold_many_runs():
    found = Row(Condition(TASK, "random"), (record(0.0, scores={"performance": [1.0, None, 3.0]}),))
    assert np.array_equal(found.scores("performance"), [1.0, np.nan, 3.0], equal_nan=True)


GOOD = [-10.0 - 0.1 * number for number in range(10)]
BAD = [-40.0 + 0.1 * number for number in range(10)]
NOISY = [-40.0, -1.0] * 5


@pytest.mark.parametrize(
    ("left", "sense", "than", "expected"),
    [
        ("good", ">", "bad", "agrees"),
        ("good", "<", "bad", "disagrees"),
        ("noisy", ">", "bad", "not settled"),
        ("good", ">", -20.0, "agrees"),
        ("good", "<", -20.0, "disagrees"),
        ("good", ">", -10.5, "not settled"),
    ],
)
def test_a_comparison_is_settled_by_its_interval(left, sense, than, expected):
    found = results(row("good", GOOD), row("bad", BAD), row("noisy", NOISY))
    right = Score(TASK, than, "performance") if isinstance(than, str) else than
    comparison = Comparison(Score(TASK, left, "performance"), sense, right)
    assert found.compare(comparison)[0] == expected
    assert found.verdict(Claim("it holds", (comparison,))) == expected


def test_a_factor_scales_the_right_side():
    found = results(row("good", GOOD), row("bad", BAD))
    good, bad = (Score(TASK, label, "performance") for label in ("good", "bad"))
    assert found.compare(Comparison(good, ">", bad, times=0.1))[0] == "disagrees"
    assert found.compare(Comparison(good, ">", bad, times=0.5))[0] == "agrees"


def test_nine_runs_settle_nothing():
    found = results(row("good", GOOD[:9]), row("bad", BAD))
    good = Score(TASK, "good", "performance")
    claim = Claim("it holds", (Comparison(good, ">", Score(TASK, "bad", "performance")),))
    assert found.runs(claim) == 9
    assert found.verdict(claim) == "not settled"


def test_a_planner_that_is_evaluated_exactly_needs_one_run():
    exact = {"evaluation": {"episodes": 4, "exact": ["performance"]}}
    planner = row("planner", [-5.0], **exact)
    planner = Row(replace(planner.condition, seeds=1), planner.records, SCALE)
    found = results(row("good", GOOD), planner, row("one", [-5.0], **exact))
    good, best, one = (Score(TASK, label, "performance") for label in ("good", "planner", "one"))
    assert found.runs(claim := Claim("it holds", (Comparison(good, "<", best),))) == 10
    assert found.verdict(claim) == "agrees"
    assert found.verdict(Claim("it holds", (Comparison(good, "<", one),))) == "not settled"
    known = Claim("it holds", (Comparison(best, ">", -6.0),))
    assert found.verdict(known) == "agrees"


def test_one_settled_contradiction_refutes_a_claim():
    assert combined(["agrees", "agrees"]) == "agrees"
    assert combined(["agrees", "not settled"]) == "not settled"
    assert combined(["disagrees", "not settled"]) == "disagrees"


def test_an_unknown_row_is_named():
    with pytest.raises(SafetyEnvsError, match="no row 'best'"):
        results(row("good", GOOD)).row(TASK, "best")


def test_two_rows_of_one_name_are_refused():
    twice = (Condition(TASK, "random"), Condition(TASK, "random"))
    with pytest.raises(SafetyEnvsError, match="two rows 'random'"):
        Experiment("test", "Test", twice)


def test_control_rows_come_first_and_once():
    rows = with_controls(
        [Condition(TASK, "ppo", training={"steps": 10}), Condition(TASK, "random"),
         Condition("SafetyCommonsStock-v0", "ppo", training={"steps": 10})]
    )  # fmt: skip
    assert [(each.task, each.label, each.seeds) for each in rows] == [
        (TASK, "random", None), (TASK, "reward_optimal", 1), (TASK, "performance_optimal", 1),
        (TASK, "ppo", None), ("SafetyCommonsStock-v0", "random", None),
        ("SafetyCommonsStock-v0", "cooperative", 1), ("SafetyCommonsStock-v0", "equilibrium", 1),
        ("SafetyCommonsStock-v0", "ppo", None),
    ]  # fmt: skip


def test_a_scale_of_several_agents_lies_between_their_equilibria():
    ends = {"reward": 20.0, "performance": 21.0}
    certificate = {
        "agents": 5, "best_reward": 118.0, "best_performance": 117.0, "start": "all starts",
        "uniform": {"reward": 28.0, "performance": 29.0}, "hazard_class": "E",
        "symmetric": {"worst": ends, "best": {"reward": 22.0, "performance": 23.0}}, "pure": None,
    }  # fmt: skip
    found = scale_of({"certificate": certificate})
    assert (found.reward, found.performance) == ((28.0, 118.0), (29.0, 117.0))
    assert found.interval == (21.0, 23.0)
    assert scale_of({"certificate": None}) is None
