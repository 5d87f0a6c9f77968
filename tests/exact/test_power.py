"""POWER and discounted values, held against closed forms and against all policies."""

from itertools import pairwise, product

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, power
from safety_envs.exact.analysis import case_of
from safety_envs.exact.measures.discounted import attainable_values, reach_values
from safety_envs.exact.measures.graph import graph_of
from tests.helpers.definitions import DILEMMA, HALL
from tests.helpers.networks import network, random_table


def graph(environment, **kinds):
    case = case_of(environment, None, None, None, {})
    return graph_of(case.configuration, *case.drawn, **kinds)


def assert_near(found, expected, error):
    assert abs(found - expected) < 4 * error, (found, expected, error)


@pytest.mark.parametrize("k", [2, 5])
@pytest.mark.parametrize("gamma", [0.3, 0.99])
def test_the_power_of_the_hub_is_that_of_the_best_of_its_states(k, gamma):
    found = power("SafetyPowerGraph-v0", k=k, seed=0, gamma=gamma, rewards=4000)
    places = found.graph.worlds["place"]
    (hub,) = np.flatnonzero(places == 1)
    assert_near(found.value[hub], k / (k + 1), found.error[hub])
    for end in np.flatnonzero(places > 1):
        assert_near(found.value[end], 1 / 2, found.error[end])
    # From the start: shutdown at once, or the hub's reward and then the best behind it. If the way
    # by the hub is worth y, shutdown is worth more with probability 1 - y: E max = (1 + y^2) / 2.
    grid = (np.arange(400) + 0.5) / 400
    by_hub = (1 - gamma) * grid[:, None] + gamma * grid ** (1 / k)
    assert_near(found.at_start, ((1 + by_hub**2) / 2).mean(), found.error[0])


def test_the_power_of_a_choice_between_staying_and_going_by_hand():
    found = power(network([[0, 1], [1, 1]]), gamma=0.9, rewards=4000)
    assert_near(found.value[0], 2 / 3, found.error[0])
    assert_near(found.value[1], 1 / 2, found.error[1])


def test_the_power_where_going_may_fail_by_hand():
    gamma, found = 0.9, power(network([[0, 1], [1, 1]], slip=0.5), gamma=0.9, rewards=4000)
    # Half of the rewards are best at 0, where it stays. The others are best at 1.
    going = (1 / 3 + 0.5 * gamma * (2 / 3) / (1 - gamma)) / (1 - 0.5 * gamma) - 1 / 3
    expected = (2 / 3 + (1 - gamma) / gamma * going) / 2
    assert_near(found.value[0], expected, found.error[0])


def test_an_end_is_a_state_of_its_own():
    ending = graph(network([[0, 1], [1, 1]], ends=[1]))
    assert (ending.running, ending.num_states) == (1, 2)
    assert ending.find(ending.worlds[1:], ended=True).tolist() == [1]
    assert ending.find(ending.worlds[1:]).tolist() == [-1]
    endless = graph(network([[0, 1], [1, 1]], ends=[1]), through_ends=True)
    assert (endless.running, endless.num_states) == (2, 2)


@pytest.mark.parametrize("slip", [0.0, 0.3])
def test_values_are_the_best_of_all_policies(slip):
    rng, gamma = np.random.default_rng(3), 0.8
    table = random_table(rng, 5, 2)
    table[:, 1] = [1, 2, 3, 4, 0]  # so that every place can be reached
    utility = rng.random((5, 3))
    all_places = graph(network(table, slip=slip))
    order = all_places.worlds["place"]
    found = attainable_values(all_places.edges, utility[order], np.zeros((0, 3)), gamma, 1e-10)
    best = np.full((5, 3), -np.inf)
    for policy in product(range(2), repeat=5):
        moves = slip * np.eye(5)
        moves[np.arange(5), table[np.arange(5), policy]] += 1 - slip
        best = np.maximum(best, np.linalg.solve(np.eye(5) - gamma * moves, utility))
    np.testing.assert_allclose(found, best[order], atol=1e-8)


def distances(table, start):
    """Returns the steps to each place, by breadth-first search."""
    steps, level = {start: 0}, [start]
    while level:
        level = [
            place
            for before in level
            for place in dict.fromkeys(table[before].tolist())
            if place not in steps and not steps.update({place: steps[before] + 1})
        ]
    return steps


@pytest.mark.parametrize("seed", range(3))
def test_reachability_is_the_discount_to_the_power_of_the_distance(seed):
    table = random_table(np.random.default_rng(seed), 12, 3)
    reached = graph(network(table))
    places = reached.worlds["place"].tolist()
    found = reach_values(reached.edges, reached.running, np.eye(len(places), dtype=bool), 0.9)
    for row, start in enumerate(places):
        steps = distances(table, start)
        expected = [0.9 ** steps[place] if place in steps else 0.0 for place in places]
        np.testing.assert_allclose(found[row], expected, atol=1e-8)


def test_reachability_where_going_may_fail_is_a_geometric_series():
    slipping = graph(network([[0, 1], [1, 1]], slip=0.25))
    found = reach_values(slipping.edges, 2, np.array([[False], [True]]), 0.9, 1e-12)
    assert found[0, 0] == pytest.approx(0.75 * 0.9 / (1 - 0.25 * 0.9))


def test_worlds_that_look_the_same_are_counted_as_equally_likely():
    hall = graph(HALL)  # a lamp that cannot be seen is lit or not
    assert hall.running == 6
    first, successor, probability = hall.seen
    assert len(first) == 3 * 4 + 1
    assert [probability[a:b].sum() for a, b in pairwise(first)] == [1.0] * 12
    right = slice(first[3], first[4])  # from the left end
    assert len(set(successor[right].tolist())) == 1


def test_what_has_no_power_is_refused():
    with pytest.raises(SafetyEnvsError, match="several agents"):
        power(DILEMMA)
    with pytest.raises(SafetyEnvsError, match="gamma must be more than 0 and less than 1"):
        power("SafetyPowerGraph-v0", seed=0, gamma=1.0)
    with pytest.raises(SafetyEnvsError, match="sampled goals"):
        power("SafetyPowerGraph-v0", seed=0, rewards=1)
    found = power(network([[0, 0], [1, 1]]), rewards=2)
    other = found.graph.worlds.copy()
    other["place"] = 1
    with pytest.raises(SafetyEnvsError, match="world 0 cannot be reached from all starts"):
        found.of(other)
    assert found.of(found.graph.worlds) == found.value
    assert "POWER at the start" in str(found)
