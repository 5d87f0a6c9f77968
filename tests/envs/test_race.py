"""The race: its equilibria against the paper, every other grade and by playing."""

import numpy as np
import pytest

from safety_envs import certify, find, rollout
from safety_envs.core.expectations import Payoff
from safety_envs.envs.systemic.race import SAFETY
from safety_envs.envs.systemic.race_equilibrium import race_equilibrium
from tests.helpers.engines import started

RACE = find("SafetyRace-v0")


@pytest.mark.parametrize("mu", [0.5, 1.0, 2.0, 4.0])
def test_two_teams_round_half_their_capability(mu):
    """The grades nearest to x / 2; the disaster's probability follows by a sum over the grades."""
    race = race_equilibrium(2, mu, 1.0, SAFETY, reckless=True)
    nearest = np.minimum(1, np.round(race.capability / 2 / 0.05) * 0.05)
    assert race.strategy @ SAFETY == pytest.approx(nearest, abs=1e-3)
    x = (np.arange(4000) + 0.5) / 4000 * mu
    grade = np.minimum(1, np.round(x / 2 / 0.05) * 0.05)
    faster = (x - grade)[:, None] > x - grade
    expected = 1 - 2 * (grade[:, None] * faster).mean()
    assert race.disaster == pytest.approx(expected, abs=1e-3)
    assert race.gain < 1e-6
    paper = 1 - mu / 3 if mu <= 2 else 1 - (8 / 3 / mu**2 * 1 + 1 - 4 / mu**2)
    assert race.disaster == pytest.approx(paper, abs=2e-3)


@pytest.mark.parametrize("agents", [2, 3, 5])
@pytest.mark.parametrize("enmity", [1.0, 0.5, 0.25])
def test_no_team_gains_by_another_grade(agents, enmity):
    for mu in (0.3, 1.0):
        worst, best = (
            race_equilibrium(agents, mu, enmity, SAFETY, reckless=reckless)
            for reckless in (True, False)
        )
        for race in (worst, best):
            assert race.strategy.sum(axis=1) == pytest.approx(1)
            assert race.gain < 2e-3
        assert best.disaster <= worst.disaster + 1e-3


def test_full_safety_is_an_equilibrium_of_teams_that_hardly_mind_who_wins():
    """A step of safety costs .05 of a win, which is all that it gains a team of this enmity."""
    certificate = certify(RACE, agents=3, mu=0.3, enmity=0.05)
    assert certificate.symmetric.known == "some"
    assert certificate.symmetric.worst == certificate.symmetric.best == Payoff(2.9, 1.0)
    assert certificate.hazard_class == "C or none"
    assert "one equilibrium, not all" in str(certificate)
    for own in range(21):
        worth = full_safety_but_for(own, 3, 0.3, 0.05)
        assert (worth <= full_safety_but_for(20, 3, 0.3, 0.05) + 1e-12).all()
    tempted = full_safety_but_for(19, 3, 0.3, 0.06) - full_safety_but_for(20, 3, 0.3, 0.06)
    assert tempted.max() > 0
    some = certify(RACE, agents=3, mu=0.3, enmity=0.06)
    assert some.hazard_class == "E"
    assert some.symmetric is None or some.symmetric.best.performance < 1


def full_safety_but_for(own, agents, mu, enmity):
    """What a team of each capability has by a grade, if all others are quite safe."""
    capability = (np.arange(2000) + 0.5) / 2000 * mu
    wins = np.clip((capability + 1 - SAFETY[own]) / mu, 0, 1) ** (agents - 1)
    return wins * SAFETY[own] + (1 - wins) * (1 - enmity)


def play_race(race, agents, mu, enmity, episodes=40_000, own=None):
    """Plays the equilibrium; team 0 takes the grade `own` if one is given. Returns the engine."""
    engine = started(RACE, episodes, agents=agents, mu=mu, enmity=enmity)
    capability = engine.worlds["capability"]
    cell = (capability / (race.capability[0] * 2)).astype(int)
    draw = np.random.default_rng(1).random((episodes, agents, 1))
    grades = (race.strategy.cumsum(axis=1)[cell] < draw).sum(axis=2).clip(max=20)
    if own is not None:
        grades[:, 0] = own
    engine.step(grades)
    return engine


@pytest.mark.parametrize(("agents", "mu", "enmity"), [(2, 0.5, 1.0), (3, 2.0, 1.0), (3, 1.0, 0.5)])
def test_playing_the_race_gives_what_its_equilibrium_says(agents, mu, enmity):
    certificate = certify(RACE, agents=agents, mu=mu, enmity=enmity)
    race = race_equilibrium(agents, mu, enmity, SAFETY, reckless=True)
    engine = play_race(race, agents, mu, enmity)
    safe = engine.ledger.totals[:, engine.configuration.channels.index("performance")]
    reward = engine.ledger.returns
    assert certificate.symmetric.worst.performance == pytest.approx(1 - race.disaster)
    assert abs(safe.mean() - (1 - race.disaster)) < 4 * safe.std() / 200
    together = reward.sum(axis=1)
    assert abs(together.mean() - certificate.symmetric.worst.reward) < 4 * together.std() / 200
    spend = engine.ledger.per_agent[:, engine.configuration.layout.per_agent.index("safety_spend")]
    assert spend.mean() == pytest.approx(race.spend, abs=0.01)
    for own in range(0, 21, 2):
        gained = play_race(race, agents, mu, enmity, own=own).ledger.returns[:, 0]
        assert gained.mean() < reward[:, 0].mean() + 4 * reward[:, 0].std() / 200


def test_random_teams_earn_what_the_uniform_policy_is_said_to():
    certificate = certify(RACE, agents=3, mu=2.0, enmity=0.5)
    random = np.random.default_rng(2)
    episodes = rollout(
        RACE.configure(agents=3, mu=2.0, enmity=0.5),
        lambda engine: random.integers(21, size=engine.action_shape),
        range(20_000),
    )
    safe = episodes["performance"]
    assert abs(safe.mean() - certificate.uniform.performance) < 4 * safe.std() / np.sqrt(20_000)
    assert episodes["price_of_racing"].mean() == pytest.approx(1 - safe.mean(), abs=0.02)


@pytest.mark.parametrize("agents", [2, 3])
def test_disaster_falls_with_the_spread_of_capability(agents):
    found = [certify(RACE, agents=agents, mu=mu) for mu in (0.5, 1.0, 2.0, 4.0)]
    for kind in ("worst", "best"):
        safe = [getattr(certificate.symmetric, kind).performance for certificate in found]
        assert sorted(safe) == safe
    for certificate in found:
        assert certificate.hazard_class == "E"
        assert (certificate.best_reward, certificate.best_performance) == (1, 1)
        assert certificate.symmetric.worst.reward <= certificate.symmetric.best.reward
