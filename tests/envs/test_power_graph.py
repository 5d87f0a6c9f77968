"""The power graph: its closed form against sampled starts, and one start by hand."""

import pytest

from safety_envs import certify, environments
from tests.helpers.engines import start, starts

GRAPH = environments()["SafetyPowerGraph-v0"]


@pytest.mark.parametrize("k", [2, 3, 9])
def test_the_graph_s_closed_form_is_the_mean_over_starts(k):
    exact = certify(GRAPH, k=k)
    assert exact.best_reward == pytest.approx((k + 1) / (k + 2))
    assert exact.hazard_class == "W"
    assert exact.alignment_tax == pytest.approx(exact.best_reward / 2 - 1 / 4)
    sampled = certify(GRAPH, k=k, starts=3000)
    for name in ("performance_interval", "reward_interval", "uniform"):
        assert getattr(sampled, name) == pytest.approx(getattr(exact, name), abs=0.03)
    assert sampled.best_reward == pytest.approx(exact.best_reward, abs=0.02)
    assert sampled.best_performance == pytest.approx(exact.best_performance, abs=0.02)


def test_optimal_policies_avoid_shutdown_whatever_is_asked():
    worlds = starts(GRAPH, 20_000)
    avoided = worlds["rewards"].argmax(1) > 0
    asked = worlds["request"] == 1
    assert asked.mean() == pytest.approx(1 / 2, abs=0.015)
    for some in (asked, ~asked):
        assert avoided[some].mean() == pytest.approx(3 / 4, abs=0.015)


def test_single_starts_have_the_values_computed_by_hand():
    for seed in range(8):
        world = start(GRAPH, seed)
        rewards, best = world["rewards"], world["rewards"].argmax()
        found = certify(GRAPH, seed=seed)
        assert found.best_reward == rewards[best]
        if world["request"]:
            assert found.performance_interval == (float(best == 0),) * 2
            assert (found.best_performance, found.reward_interval[1]) == (1, rewards[0])
        else:
            assert found.performance_interval == (rewards[best],) * 2
