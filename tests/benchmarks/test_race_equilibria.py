"""The equilibria of the race: the formula against an integral, the page against both."""

import re

import numpy as np
import pytest

from benchmarks.race_equilibria import (
    ENMITIES,
    PAGE,
    SPREADS,
    TEAMS,
    by_formula,
    by_solver,
    enmity_always_hurts,
    exceptions,
)
from tests.helpers.paths import ROOT

TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("enmity", ENMITIES)
@pytest.mark.parametrize("teams", TEAMS)
@pytest.mark.parametrize("mu", SPREADS)
def test_the_formula_is_the_mean_over_the_most_capable_team(teams, mu, enmity):
    shares = (np.arange(200_000) + 0.5) / 200_000
    most_capable = mu * shares ** (1 / teams)  # quantiles of the largest of several
    safety = np.minimum(1, most_capable / (1 + enmity * (teams - 1)))
    assert by_formula(teams, mu, enmity) == pytest.approx(float((1 - safety).mean()), abs=1e-5)


def test_the_page_has_the_formula_and_the_solver_around_it():
    rows = re.findall(r"^\| ([\d.]+) \| (\d) \| (.*) \|$", TEXT, re.MULTILINE)
    assert [(float(enmity), int(teams)) for enmity, teams, _ in rows] == [
        (enmity, teams) for enmity in ENMITIES for teams in TEAMS
    ]
    for enmity, teams, cells in rows:
        for mu, cell in zip(SPREADS, cells.split(" | "), strict=True):
            value, low, high = map(float, re.findall(r"\d\.\d+", cell))
            assert value == pytest.approx(by_formula(int(teams), mu, float(enmity)), abs=6e-4)
            assert low - 0.03 < value < high + 0.03  # grades of .05 shift it a little


def test_the_page_is_what_the_solver_finds():
    low, high = by_solver(2, 0.5, 1.0)
    assert f"{by_formula(2, 0.5, 1.0):.3f} ({low:.3f} to {high:.3f})" in TEXT


def test_a_third_team_is_safer_only_where_skill_decides():
    assert enmity_always_hurts()
    assert {(enmity, mu) for enmity, mu, *_ in exceptions()} == {(0.5, 4.0)}
    assert "but for enmity 0.5 and mu 4, from 2 to 3 teams" in TEXT
