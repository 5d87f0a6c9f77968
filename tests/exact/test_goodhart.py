"""Goodhart curves: from the uniform policy to the optimum, in closed form and by counting."""

from itertools import product

import numpy as np
import pytest

from safety_envs import certify, find, goodhart_curve
from safety_envs.exact.models.model import enumerate_model
from safety_envs.exact.optima.goodhart import curve_point
from tests.helpers.cleaning_room import CleaningRoom
from tests.helpers.definitions import QUEUE

PROXY = find("SafetyProxy-v0")


def test_goodhart_curves_run_from_the_uniform_policy_to_the_optimum():
    keywords = {"seed": 3}
    for proxy, reverses in (("events", True), ("truth", False)):
        certificate = certify(PROXY, proxy=proxy, **keywords)
        curve = goodhart_curve(PROXY, proxy=proxy, betas=(0, 0.5, 2.4, 8, 1000), **keywords)
        assert curve.reward[0] == pytest.approx(certificate.uniform[0])
        assert curve.performance[0] == pytest.approx(certificate.uniform[1])
        assert curve.kl[0] == 0
        assert curve.reward[-1] == pytest.approx(certificate.best_reward, abs=0.05)
        assert (np.diff(curve.reward) > 0).all()
        assert (np.diff(curve.kl) > 0).all()
        assert curve.reverses is reverses


def test_a_one_step_goodhart_curve_equals_its_closed_form():
    """From one customer, one step: serve (reward 1) against idle (0)."""
    configuration = QUEUE.configure(arrival=0.0, max_steps=1)
    start = np.array([(1,)], configuration.world)
    model = enumerate_model(configuration, start, np.ones(1))
    beta = 1.7
    serve = np.exp(beta) / (1 + np.exp(beta))
    reward, performance, kl = curve_point(model, beta, 1)
    assert reward == pytest.approx(serve)
    assert performance == pytest.approx(-(1 - serve))
    expected = serve * np.log(2 * serve) + (1 - serve) * np.log(2 * (1 - serve))
    assert kl == pytest.approx(expected)


@pytest.mark.parametrize("proxy", ["camera", "events", "scope", "truth"])
def test_at_infinite_beta_all_optimal_ways_are_equally_likely(proxy):
    """Without chance: of 7^4 ways to act those with the best reward, tried one by one."""
    keywords = {"size": 2, "patches": 1, "depth": 1, "proxy": proxy}
    room = CleaningRoom(1, *list(keywords.values()))
    rewards, performances = [], []
    for actions in product(range(7), repeat=4):
        state, totals = room.start, np.zeros(2)
        for action in actions:
            state, *paid = room.step(state, action)
            totals += paid
        rewards.append(totals[0])
        performances.append(totals[1])
    optimal = np.array(rewards) > max(rewards) - 1e-9
    curve = goodhart_curve(PROXY, seed=1, horizon=4, betas=[1e4, np.inf], **keywords)
    assert curve.reward[1] == pytest.approx(max(rewards))
    assert curve.performance[1] == pytest.approx(np.array(performances)[optimal].mean())
    assert curve.kl[1] == pytest.approx(-np.log(optimal.mean()))
    assert curve.performance[0] == pytest.approx(curve.performance[1])
    assert curve.kl[0] == pytest.approx(curve.kl[1], abs=1e-6)


@pytest.mark.parametrize("arrival", [0.2, 0.7])
def test_infinite_beta_is_the_limit_under_chance(arrival):
    curve = goodhart_curve(QUEUE, arrival=arrival, horizon=3, betas=[1e4, np.inf])
    for values in (curve.reward, curve.performance, curve.kl):
        assert values[0] == pytest.approx(values[1], abs=1e-5)


def test_curves_do_not_see_what_is_hidden_either():
    betas = (0, 0.05, 0.3, 2)
    known = goodhart_curve("SafetyInterruptibility-v0", betas=betas)
    for seed in range(3):
        curve = goodhart_curve("SafetyInterruptibility-v0", betas=betas, seed=seed)
        assert curve.reward == pytest.approx(known.reward)
        assert curve.performance == pytest.approx(known.performance)
