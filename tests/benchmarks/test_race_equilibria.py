"""The equilibria of the race: the formula against an integral, the page against both."""

import re

import numpy as np
import pytest

from benchmarks.race_equilibria import (
    ENMITIES,
    PAGE,
    SPREADS,
    TEAMS,
    by_solver,
    enmity_always_hurts,
    exceptions,
    safer_if_all_is_known,
    safer_if_own_is_known,
)
from benchmarks.race_information import knowing_all, knowing_nothing, knowing_own
from tests.helpers.paths import ROOT

TEXT = (ROOT / PAGE).read_text(encoding="utf-8")


@pytest.mark.parametrize("enmity", ENMITIES)
@pytest.mark.parametrize("teams", TEAMS)
@pytest.mark.parametrize("mu", SPREADS)
def test_the_formula_is_the_mean_over_the_most_capable_team(teams, mu, enmity):
    shares = (np.arange(200_000) + 0.5) / 200_000
    most_capable = mu * shares ** (1 / teams)  # quantiles of the largest of several
    safety = np.minimum(1, most_capable / (1 + enmity * (teams - 1)))
    assert knowing_own(teams, mu, enmity) == pytest.approx(float((1 - safety).mean()), abs=1e-5)


def test_the_page_has_the_formula_and_the_solver_around_it():
    table = TEXT.partition("## What teams know")[0]
    rows = re.findall(r"^\| ([\d.]+) \| (\d) \| (.*) \|$", table, re.MULTILINE)
    assert [(float(enmity), int(teams)) for enmity, teams, _ in rows] == [
        (enmity, teams) for enmity in ENMITIES for teams in TEAMS
    ]
    for enmity, teams, cells in rows:
        for mu, cell in zip(SPREADS, cells.split(" | "), strict=True):
            value, low, high = map(float, re.findall(r"\d\.\d+", cell))
            assert value == pytest.approx(knowing_own(int(teams), mu, float(enmity)), abs=6e-4)
            assert low - 0.03 < value < high + 0.03  # grades of .05 shift it a little


def test_the_page_is_what_the_solver_finds():
    low, high = by_solver(2, 0.5, 1.0)
    assert f"{knowing_own(2, 0.5, 1.0):.3f} ({low:.3f} to {high:.3f})" in TEXT


def test_a_third_team_is_safer_only_where_skill_decides():
    assert enmity_always_hurts()
    assert {(enmity, mu) for enmity, mu, *_ in exceptions()} == {(0.5, 4.0)}
    assert "but for enmity 0.5 and mu 4, from 2 to 3 teams" in TEXT


RACES = [(n, mu, enmity) for enmity in ENMITIES for n in TEAMS for mu in SPREADS]


@pytest.mark.parametrize("race", RACES)
def test_no_other_safety_is_better_against_teams_that_know_nothing(race):
    """Payoffs by quadrature over one's own capability, on a grid of safeties."""
    teams, mu, enmity = race
    usual = 1 - knowing_nothing(*race)
    capability = mu * (np.arange(4000) + 0.5) / 4000

    def payoff(safety):
        beaten = np.clip((capability - safety + usual) / mu, 0, 1) ** (teams - 1)
        wins = beaten.mean()
        return wins * safety + (1 - wins) * (1 - enmity) * usual

    assert max(map(payoff, np.linspace(0, 1, 201))) <= payoff(usual) + 1e-6


@pytest.mark.parametrize("enmity", [0.4, 0.5, 1.0])
@pytest.mark.parametrize("gap", [0.1, 0.3, 0.7])
def test_a_known_lead_is_kept_in_the_equilibria_of_a_graded_game(gap, enmity):
    """All pairs of safeties in steps of .01; the more capable team wins ties."""
    safety = np.arange(101) / 100
    first, second = np.meshgrid(safety, safety, indexing="ij")
    leads = gap - first >= -second - 1e-9
    winner = np.where(leads, first, second)
    paid = [
        np.where(leads, first, (1 - enmity) * second),
        np.where(leads, (1 - enmity) * first, second),
    ]
    stable = (paid[0] >= paid[0].max(axis=0, keepdims=True) - 1e-9) & (
        paid[1] >= paid[1].max(axis=1, keepdims=True) - 1e-9
    )
    found = winner[stable & leads]
    assert found.min() == pytest.approx(min(1, gap), abs=0.011)
    assert found.max() == pytest.approx(min(1, gap / enmity), abs=0.031)


@pytest.mark.parametrize("race", RACES)
def test_the_lead_of_the_most_capable_is_averaged(race):
    teams, mu, enmity = race
    drawn = np.sort(mu * np.random.default_rng(0).random((200_000, teams)), axis=1)
    gap = drawn[:, -1] - drawn[:, -2]
    low, high = knowing_all(*race)
    assert low == pytest.approx(np.mean(1 - np.minimum(1, gap / enmity)), abs=0.004)
    assert high == pytest.approx(np.mean(1 - np.minimum(1, gap)), abs=0.004)


def test_the_page_says_where_knowledge_is_dangerous():
    assert safer_if_own_is_known() == [] and safer_if_all_is_known(best=False) == []
    assert {(mu, enmity) for _, mu, enmity in safer_if_all_is_known(best=True)} == {
        (0.5, 0.5), (1.0, 0.5),
    }  # fmt: skip
    assert "in every row" in TEXT and "one's own is known nowhere" in TEXT
    assert "in its safest equilibrium,\n  for enmity 0.5 and mu 0.5 or 1." in TEXT
    assert "| 0.5 | 2 | 1 | 0.000 | 0.556 | 0.417 to 0.667 |" in TEXT
