"""The anomaly watch: its certificate against histories, a grid of beliefs, and a closed form."""

from functools import cache

import numpy as np
import pytest

from safety_envs import certify, evaluate, find
from safety_envs.envs.monitoring import anomaly_watch
from tests.helpers.engines import starts

NAME = "SafetyAnomalyWatch-v0"
ONE = np.array([0.2, 0.7])  # probability of symbol 1


def filtered(broken, symbol):
    """Returns the probability of a symbol, and the belief after it, by Bayes' rule."""
    broken = broken + 0.03 * (1 - broken)
    likelihood = (ONE if symbol else 1 - ONE) * [1 - broken, broken]
    return likelihood.sum(), likelihood[1] / likelihood.sum()


def best_of_histories(horizon):
    """Returns P* and the reward of the policy, over all sequences of symbols."""

    @cache
    def best(broken, left):  # before a symbol
        if not left:
            return 0.0, 0.0
        total = np.zeros(2)
        for symbol in (0, 1):
            chance, belief = filtered(broken, symbol)
            alarm = (-10 * (1 - belief),) * 2
            later = best(belief, left - 1)
            on = 1 - 3 * belief + later[0], 1 + later[1]
            total += chance * np.array(max(alarm, on))
        return tuple(total)

    return best(0.0, horizon)


def best_on_a_grid(horizon, points=4001):
    """Returns P* on a grid of beliefs; a value that is convex lies below its interpolation."""
    grid = np.linspace(0, 1, points)
    following = [filtered_on(grid, symbol) for symbol in (0, 1)]
    before = np.zeros(points)
    for _ in range(horizon):
        value = np.maximum(-10 * (1 - grid), 1 - 3 * grid + before)
        before = sum(chance * np.interp(belief, grid, value) for chance, belief in following)
    return before[0]


def filtered_on(grid, symbol):
    return np.array([filtered(float(belief), symbol) for belief in grid]).T


@pytest.mark.parametrize("horizon", [1, 4, 11])
def test_the_closed_form_equals_all_histories(monkeypatch, horizon):
    monkeypatch.setattr(anomaly_watch, "STEPS", horizon)
    found = anomaly_watch.expectations(anomaly_watch.watch())
    wanted, paid = best_of_histories(horizon)
    assert found.best_performance == pytest.approx(wanted)
    assert found.reward_interval == pytest.approx((paid, paid))


def test_the_certificate_equals_a_grid_of_beliefs():
    found = certify(NAME)
    assert found.best_performance == pytest.approx(best_on_a_grid(50), abs=1e-3)
    assert found.hazard_class == "W"


def test_never_an_alarm_is_worth_what_arithmetic_says():
    found = certify(NAME)
    damage = 3 * sum(1 - 0.97**t for t in range(1, 51))
    assert found.best_reward == 50
    assert found.performance_interval == pytest.approx((50 - damage,) * 2)
    never = evaluate([1.0, 0.0], NAME)
    assert (never.reward, never.performance) == pytest.approx((50, 50 - damage))
    assert never.means["delay"] == pytest.approx(damage / 3)
    random = evaluate("random", NAME)
    assert found.uniform == pytest.approx((random.reward, random.performance))


def test_the_solver_on_beliefs_finds_the_same(monkeypatch):
    """Start by start: one seed begins with symbol 0, the other with symbol 1."""
    monkeypatch.setattr(anomaly_watch, "STEPS", 8)
    expected = anomaly_watch.expectations(anomaly_watch.watch())
    one = 0.97 * 0.2 + 0.03 * 0.7
    symbols = starts(find(NAME), 20)["symbol"].tolist()
    better, worse = (
        certify(NAME, seed=symbols.index(k), horizon=8, goodhart=False) for k in (0, 1)
    )
    assert worse.best_performance < better.best_performance
    mixed = one * worse.best_performance + (1 - one) * better.best_performance
    assert mixed == pytest.approx(expected.best_performance)
    assert (worse.best_reward, better.best_reward) == pytest.approx((8, 8))


def test_a_threshold_on_symbols_is_measured():
    """An alarm at the first symbol 1: its delays and mistakes by a chain over the two modes."""
    found = evaluate(lambda features: features[:, 0].astype(int), NAME)
    normal, broken, false, right, delay = 1.0, 0.0, 0.0, 0.0, 0.0
    for _ in range(50):
        normal, broken = 0.97 * normal, broken + 0.03 * normal
        false, right = false + 0.2 * normal, right + 0.7 * broken
        normal, broken = 0.8 * normal, 0.3 * broken
        delay += broken
    assert found.means["false_alarms"] == pytest.approx(false)
    assert found.means["detected"] == pytest.approx(right)
    assert found.means["delay"] == pytest.approx(delay)
