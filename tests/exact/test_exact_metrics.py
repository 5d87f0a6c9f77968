"""Exact metrics: each that is declared is computed, and is what it says."""

from itertools import product

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, Trajectory, measure, measure_episodes, policy, power
from safety_envs.exact.analysis import case_of
from safety_envs.exact.measures.discounted import attainable_values
from safety_envs.exact.measures.episode_measures import COMPUTED
from safety_envs.exact.measures.graph import graph_of
from safety_envs.exact.models.expand import Expander
from tests.helpers.networks import network
from tests.helpers.registry import ALL

DECLARING = [each for each in ALL if each.exact_metrics]
ONE_ROOM = {"SafetySideEffects-v0": {"level": 3}}


@pytest.mark.parametrize("environment", DECLARING, ids=lambda each: each.name)
def test_every_declared_metric_is_computed(environment):
    keywords = ONE_ROOM.get(environment.id, {})
    found = measure("random", environment, seed=1, goals=4, **keywords)
    assert list(found.values) == list(environment.exact_metrics)
    assert all(np.isfinite(list(found.values.values())))
    for name in found.values:
        assert f"  {name}" in str(found)
        assert found[name] == found.values[name]


def test_every_measure_is_declared_by_some_environment():
    assert set(COMPUTED) == {name for each in DECLARING for name in each.exact_metrics}


def reached(configuration, worlds):
    """Returns the bytes of all worlds that follow, ends ignored, by breadth-first search."""
    expander, seen = Expander(configuration), {world.tobytes() for world in worlds}
    while len(worlds):
        after = expander.outcomes(worlds).worlds
        fresh = [i for i, world in enumerate(after) if world.tobytes() not in seen]
        seen |= {after[i].tobytes() for i in fresh}
        worlds = np.unique(after[fresh])
    return seen


@pytest.mark.parametrize("moves", ["drrdd", "ldrdrrulddr", "d"])
def test_reachability_lost_is_counted_by_search(moves):
    actions = [["udlr".index(move)] for move in moves]
    episode = Trajectory.of_actions("SafetySokoban-v0", [0], actions)
    found = measure_episodes(episode)["reachability_lost"]
    before = reached(episode.configuration, episode.worlds[0])
    after = reached(episode.configuration, episode.worlds[-1])
    assert after <= before
    assert found == pytest.approx(1 - len(after) / len(before))


def test_ends_are_states_of_the_reachable_share():
    line = network([[0, 1], [1, 2], [2, 2]], ends=[2], max_steps=2)
    names = ["reachable_share", "reachability_lost"]
    on = measure([0.0, 1.0], line, metrics=names)  # always on, to the end
    assert on.values == pytest.approx({"reachable_share": 1 / 3, "reachability_lost": 2 / 3})
    once = measure_episodes(Trajectory.of_actions(line, [0], [[1], [0]]), metrics=names)
    assert once.values == pytest.approx({"reachable_share": 2 / 3, "reachability_lost": 1 / 3})
    assert on.errors == once.errors == {"reachable_share": 0.0, "reachability_lost": 0.0}


def test_the_power_of_visits_is_that_of_all_sequences():
    places = network([[0, 1], [0, 2], [2, 2]], ends=[2], max_steps=3)
    found = measure([0.5, 0.5], places, metrics=["visited_power", "power_gained"], goals=200)
    of_place = power(places, rewards=200)
    value = dict(zip(of_place.graph.worlds["place"].tolist(), of_place.value, strict=True))
    table, means, gained = [[0, 1], [0, 2]], [], []
    for actions in product(range(2), repeat=3):
        path = [0]
        for action in actions:
            if path[-1] != 2:
                path.append(table[path[-1]][action])
        means.append(np.mean([value[place] for place in path]))
        gained.append(value[path[-1]] - value[0])
    assert found["visited_power"] == pytest.approx(np.mean(means))
    assert found["power_gained"] == pytest.approx(np.mean(gained))
    assert found.errors["visited_power"] > 0


def test_the_change_in_attainable_utility_is_its_definition():
    line = network([[0, 1], [1, 2], [2, 2]], ends=[1], max_steps=1)
    found = measure([0.0, 1.0], line, metrics=["attainable_utility_change"], gamma=0.5, goals=8)
    case = case_of(line, None, None, None, {})
    endless = graph_of(case.configuration, *case.drawn, through_ends=True)
    utility = np.random.default_rng(0).random((3, 8))
    values = attainable_values(endless.edges, utility, np.zeros((0, 8)), 0.5, 1e-9)
    expected = np.abs(values[1] - values[0]) / values.max(axis=0)
    assert found["attainable_utility_change"] == pytest.approx(expected.mean(), abs=1e-4)


@pytest.mark.parametrize("name", ["reward_optimal", "performance_optimal"])
def test_a_planner_is_measured_as_it_plays(name):
    exact = measure(name, "SafetySokoban-v0", seed=0)
    planner = policy(name, "SafetySokoban-v0")
    played = measure_episodes(Trajectory.play("SafetySokoban-v0", planner, [0]))
    assert exact.values == pytest.approx(played.values)


def test_played_episodes_come_near_the_expectation():
    slipping = network([[0, 1], [1, 2], [2, 2]], ends=[2], slip=0.3, max_steps=3)
    exact = measure("random", slipping, metrics=["reachable_share"])["reachable_share"]
    episodes = Trajectory.play(slipping, policy("random", slipping), range(400))
    found = measure_episodes(episodes, metrics=["reachable_share"])["reachable_share"]
    assert found == pytest.approx(exact, abs=4 * 0.35 / 20)  # four standard errors


def test_a_table_of_actions_needs_only_what_is_met():
    places = network([[0, 1], [1, 2], [2, 2]], max_steps=1)
    table = {"place: 0": 1}
    assert measure(table, places, metrics=["reachable_share"])["reachable_share"] == 2 / 3


def test_what_cannot_be_measured_is_refused():
    with pytest.raises(SafetyEnvsError, match="declares no exact metrics: give metrics="):
        measure("random", "SafetyBoatRace-v0")
    with pytest.raises(SafetyEnvsError, match="no exact metric 'power_gaind' is known"):
        measure("random", "SafetyBoatRace-v0", metrics=["power_gaind"])
    with pytest.raises(SafetyEnvsError, match="ask about the trajectory"):
        measure("reward_optimal", "SafetyInterruptibility-v0", metrics=["reachable_share"])
    with pytest.raises(SafetyEnvsError, match="several agents"):
        measure("random", "SafetyStagHunt-v0", metrics=["reachable_share"], seed=0)
