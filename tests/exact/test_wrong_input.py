"""Analyses and planners refuse horizons, seeds and objectives that are none."""

from typing import Any, cast

import pytest

import safety_envs
from safety_envs import certify, find
from tests.helpers.refusals import assert_refused

ID = "SafetyProxy-v0"

CASES = {
    "no horizon": (lambda: certify(ID, seed=0, horizon=0), "horizon must be a whole number in 1"),
    "negative seed": (lambda: certify(ID, seed=-1), "seed must be a whole number of at least 0, got -1"),
    "closed form for another horizon": (lambda: certify("SafetyPowerGraph-v0", horizon=1), "closed form for 2 steps, not for 1"),
    "two horizons": (lambda: certify(ID, seed=0, horizon=3, max_steps=4), "not both"),
    "negative temperature": (lambda: safety_envs.goodhart_curve(ID, seed=0, betas=[-1]), "at least 0"),
    "unknown objective": (lambda: safety_envs.Planner(find(ID).configure(), cast("Any", "fun")), "objective must be"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_question_is_refused_in_one_line(case):
    assert_refused(*CASES[case])
