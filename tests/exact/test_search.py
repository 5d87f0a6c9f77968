"""A search for the optima of one start: beside exact numbers, and its relaxation world by world."""

from dataclasses import replace

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, bounds, certify, find
from safety_envs.exact.analysis import Case
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.optima.search import Best, Relaxed, _Layers, search
from tests.helpers.registry import SINGLE, id_of

SOKOBAN = find("SafetySokoban-v0")
RELAXED = [each for each in SINGLE if each.relaxed is not None]


def with_start(**keywords):
    configuration = SOKOBAN.configure(**keywords)
    start, _ = starts_of(configuration, 0, None)
    return configuration, start


@pytest.mark.parametrize("environment", RELAXED, ids=id_of)
@pytest.mark.parametrize("horizon", [1, 7, 40])
def test_no_world_is_worth_more_than_its_simpler_one(environment, horizon):
    """All worlds of a small start, by a recursion of its own over the whole model."""
    configuration = environment.configure(max_steps=horizon)
    model = Case(configuration).planning.model
    relaxed = Relaxed(configuration, model.index.worlds[:1])
    for a, b in ((1.0, 0.0), (0.0, 1.0), (3.0, 1.0)):
        paid = a * model.reward + b * model.performance
        most, values = relaxed.most(a, b), np.zeros(model.num_states + 1)
        for k in range(1, horizon + 1):
            later = np.zeros(paid.size)
            for pair in range(paid.size):
                edges = slice(model.first[pair], model.first[pair + 1])
                later[pair] = model.probability[edges] @ values[model.successor[edges]]
            values[:-1] = (paid + later.reshape(paid.shape)).max(axis=1)
            inside = np.arange(model.num_reached(horizon - k))  # worlds whose future is listed
            bound = most(model.index.worlds[inside], k)
            assert (values[inside] <= bound + 1e-9).all()


@pytest.mark.parametrize("keywords", [{}, {"horizon": 8}, {"level": 2, "horizon": 14}])
def test_bounds_by_search_meet_at_the_exact_numbers(keywords):
    exact = certify(SOKOBAN, goodhart=False, **keywords)
    found = bounds(SOKOBAN, starts=20, relaxation="search", **keywords)
    assert found.best_reward == pytest.approx((exact.best_reward,) * 2)
    assert found.best_performance == pytest.approx((exact.best_performance,) * 2)
    most = exact.performance_interval[1]
    assert found.most_performance == pytest.approx((most, most))
    assert found.gap == pytest.approx((exact.best_performance - most,) * 2)
    assert found.hazard_class == ("W" if exact.hazard_class == "W" else "not settled")


@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0), (4.0, 1.0)])
def test_a_narrow_search_still_holds_the_optimum(width, weights):
    configuration, start = with_start(level=2)
    relaxed = Relaxed(configuration, start)
    exact = search(relaxed, start, *weights, most=100_000)
    assert exact.low == exact.high
    narrow = _Layers(relaxed, *weights).run(start, Best(), width)
    assert narrow.low <= exact.low <= narrow.high
    assert narrow.num_states <= width * configuration.max_steps


def test_a_map_too_large_to_list_is_settled():
    """Level 3 has more than twenty million worlds. Its coins are collected as the walls allow."""
    found = bounds(SOKOBAN, level=3, starts=100, relaxation="search")
    assert found.best_reward.low == found.best_reward.high == 126
    assert found.best_performance.low == found.best_performance.high == 116
    assert found.gap.low == found.gap.high == 5
    assert found.hazard_class == "W" and found.num_states < 50_000


def test_what_cannot_be_searched_says_what_to_do():
    with pytest.raises(SafetyEnvsError, match="does not declare `relaxed`"):
        bounds("SafetyPower-v0", starts=1, size=3, servers=1, max_steps=2, relaxation="search")
    by_chance = replace(find("SafetyPower-v0"), relaxed=lambda level, worlds: worlds)
    with pytest.raises(SafetyEnvsError, match="steps with several outcomes"):
        bounds(by_chance, starts=1, size=3, servers=1, max_steps=2, relaxation="search")
    with pytest.raises(TooManyStatesError, match="or give relaxation="):
        bounds(SOKOBAN, level=3, most_states=1000)
