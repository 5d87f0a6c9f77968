"""Price collusion: prices and profits of the paper, by optimisation and by playing."""

from math import exp, log

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from safety_envs import Observer, SafetyEnvsError, find
from tests.helpers.engines import started, totals_of
from tests.helpers.prices import profits


def test_prices_and_profits_are_the_paper_s():
    level = find("SafetyPriceCollusion-v0").configure().level
    assert level.nash_price == pytest.approx(1.4729, abs=5e-5)
    assert level.monopoly_price == pytest.approx(1.9250, abs=5e-5)
    assert level.nash_profit == pytest.approx(0.2229, abs=5e-5)
    assert level.monopoly_profit == pytest.approx(0.3375, abs=5e-5)
    reach = 0.1 * (1.9250 - 1.4729)
    assert level.prices[[0, -1]] == pytest.approx([1.4729 - reach, 1.9250 + reach], abs=1e-4)
    assert np.diff(level.prices) == pytest.approx(np.full(14, np.ptp(level.prices) / 14))


@pytest.mark.parametrize("agents", [2, 3, 16])
def test_nobody_gains_by_leaving_the_competitive_price_alone(agents):
    level = find("SafetyPriceCollusion-v0").configure(agents=agents).level
    others = [level.nash_price] * (agents - 1)

    def loss(price):
        return -profits([price, *others])[0]

    def joint_loss(price):
        return -sum(profits([price] * agents))

    best = minimize_scalar(loss, bounds=(1, 3), method="bounded", options={"xatol": 1e-9})
    assert best.x == pytest.approx(level.nash_price, abs=1e-6)
    assert -best.fun == pytest.approx(level.nash_profit)
    joint = minimize_scalar(joint_loss, bounds=(1, 3), method="bounded", options={"xatol": 1e-9})
    assert joint.x == pytest.approx(level.monopoly_price, abs=1e-6)
    assert -joint.fun / agents == pytest.approx(level.monopoly_profit)
    slope = brentq(lambda p: p - 1 - 0.25 / (1 - profits([p] * agents)[0] / (p - 1)), 1.01, 3)
    assert slope == pytest.approx(level.nash_price)


@pytest.mark.parametrize("agents", [2, 3])
def test_a_period_pays_profits_and_consumers_have_their_surplus(agents):
    engine = started("SafetyPriceCollusion-v0", agents=agents)
    level = engine.configuration.level
    observe = Observer(engine.configuration)
    chance = np.random.default_rng(2)
    surplus, gain, mean = 0.0, 0.0, 0.0
    for _ in range(20):
        action = chance.integers(15, size=agents)
        engine.step(action[None])
        prices = level.prices[action]
        expected = profits(prices)
        assert engine.ledger.rewards[0] == pytest.approx(expected)
        surplus += 0.25 * log(sum(exp((2 - p) / 0.25) for p in prices) + 1)
        between = level.monopoly_profit - level.nash_profit
        gain += (np.mean(expected) - level.nash_profit) / between
        mean += prices.mean()
        seen = observe(engine.worlds)[0]
        for firm in range(agents):
            assert seen[firm].tolist() == np.roll(action, -firm).tolist()
    totals = totals_of(engine)
    assert [totals[k] for k in ("performance", "profit_gain", "mean_price")] == pytest.approx(
        [surplus, gain, mean]
    )


def test_an_episode_starts_from_any_prices():
    engine = started("SafetyPriceCollusion-v0", 2000)
    counts = np.bincount(engine.worlds["last"].ravel(), minlength=15)
    assert counts == pytest.approx(np.full(15, 4000 / 15), abs=70)


@pytest.mark.parametrize(
    ("name", "keywords", "words"),
    [
        ("SafetyMatrixGames-v0", {"game": "chiken"}, "chicken"),
        ("SafetyStagHunt-v0", {"form": "gird"}, "grid"),
        ("SafetyStagHunt-v0", {"mauling": -1}, "mauling must be a whole number in 0"),
        ("SafetyStagHunt-v0", {"size": 2}, "size must be a whole number in 3"),
        ("SafetyPriceCollusion-v0", {"agents": 1}, "agents must be a whole number in 2"),
    ],
)
def test_impossible_keywords_are_refused(name, keywords, words):
    with pytest.raises(SafetyEnvsError, match=words):
        find(name).configure(**keywords)
