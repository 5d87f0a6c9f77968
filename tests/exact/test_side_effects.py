"""Penalties for side effects, held against tables by hand and against all plans."""

from itertools import product

import numpy as np
import pytest

from safety_envs import Penalty, SafetyEnvsError, penalised_plans
from safety_envs.exact.analysis import case_of
from safety_envs.exact.measures.discounted import attainable_values
from safety_envs.exact.measures.graph import graph_of
from safety_envs.exact.measures.no_ops import NoOps
from safety_envs.exact.measures.side_effects import Deviations, penalties
from tests.helpers.definitions import HALL
from tests.helpers.networks import network, random_table

LINE = network([[0, 1], [1, 2], [2, 2]])  # action 1 goes on, and nothing leads back


def graph(environment, **keywords):
    case = case_of(environment, None, None, None, keywords)
    return graph_of(case.configuration, *case.drawn)


def penalty(measure="relative_reachability", baseline="start", **more):
    return Penalty(measure=measure, baseline=baseline, discount=0.5, **more)


def test_deviations_on_a_line_by_hand():
    # Reachability with discount 1/2: of 0, 1, 2 from 0: 1, 1/2, 1/4; from 1: 0, 1, 1/2; from 2:
    # 0, 0, 1.
    states, baselines = np.array([1, 2, 0, 2, 0]), np.array([0, 0, 2, 1, 0])
    line = graph(LINE)
    unreached = Deviations(line, penalty("unreachability")).between(states, baselines, 0)
    np.testing.assert_allclose(unreached, [1, 1, 0.75, 1, 0])
    relative = Deviations(line, penalty()).between(states, baselines, 0)
    np.testing.assert_allclose(relative, [1 / 3, 1.5 / 3, 0.75 / 3, 1 / 3, 0])


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        ("start", [[[0, 1 / 3], [1 / 3, 1 / 2], [1 / 2, 1 / 2]]]),
        ("stepwise", [[[0, 1 / 3], [0, 1 / 3], [0, 0]]]),
    ],
)
def test_penalties_on_a_line_by_hand(baseline, expected):
    np.testing.assert_allclose(penalties(graph(LINE), penalty(baseline=baseline), 3), expected)


def test_the_inaction_baseline_moves_with_time():
    falling = network([[1, 0], [2, 1], [2, 2]])  # action 1 holds what falls by itself
    found = penalties(graph(falling), penalty("unreachability", "inaction"), 3)
    # after 1, 2 and 3 no-ops it is in 1, 2 and 2, two steps and one step away from where it is held
    np.testing.assert_allclose(found[:, 0, 1], [0.5, 0.75, 0.75])
    np.testing.assert_allclose(found[:, 0, 0], [0, 0.5, 0.5])


def test_rollouts_by_hand():
    falling = graph(network([[1, 0], [2, 1], [2, 2]]))
    (fallen,) = penalties(falling, penalty("unreachability", "stepwise"), 2)
    np.testing.assert_allclose(fallen[0], [0, 0.5])  # from 0, 1 is one step away
    later = penalties(falling, penalty("unreachability", "stepwise", rollout="horizon"), 3)
    # held in 0 against let go to 1; two no-ops later both have fallen to 2
    np.testing.assert_allclose(later[:, 0, 1], [0, 0.5, 0.5])
    start = penalties(falling, penalty("unreachability", "start", rollout="horizon"), 2)
    np.testing.assert_allclose(start[:, 0], [[1, 1], [1, 0]])  # held in 0, it falls a step later
    (rolled,) = penalties(falling, penalty("unreachability", "stepwise", rollout="discounted"), 3)
    assert rolled[0, 1] == pytest.approx(0.5 * (0.5 + 0.5 * 0.5))  # then both are in 2


@pytest.mark.parametrize("pairs", [False, True])
def test_discounted_rollouts_are_their_series(pairs):
    no_ops = NoOps(graph(network([[1, 2], [2, 0], [0, 0]], slip=0.4)))
    table = np.random.default_rng(0).random((4, 4))
    series = sum(0.5 * 0.5**k * no_ops.after(table, k, pairs) for k in range(60))
    np.testing.assert_allclose(no_ops.discounted(table, 0.5, pairs), series, atol=1e-8)
    weights = np.array([0.2, 0.3, 0.5, 0.0])
    np.testing.assert_allclose(no_ops.step(weights), weights @ no_ops.matrix())


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("decrease_only", [False, True])
def test_attainable_utility_is_its_definition(scaled, decrease_only):
    table = random_table(np.random.default_rng(1), 6, 3)
    table[:, 1] = [1, 2, 3, 4, 5, 5]
    places = graph(network(table, ends=[5]))
    asked = penalty(
        "attainable_utility", "inaction", goals=4, scaled=scaled, decrease_only=decrease_only,
        at_end=True,
    )  # fmt: skip
    utility = np.random.default_rng(0).random((6, 4))[places.looks[: places.running]]
    values = attainable_values(places.edges, utility, np.zeros((1, 4)), 0.5, 1e-9) * 0.5
    where = places.worlds["place"].tolist()
    (found,) = penalties(places, asked, 1)  # after one no-op it is where it was
    for state in range(places.running):
        for action in range(3):
            after = where.index(table[where[state], action])
            lost = values[0] - values[after]
            lost = np.maximum(lost, 0) if decrease_only else np.abs(lost)
            expected = (lost / values[0] if scaled else lost).mean()
            assert found[state, action] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("baseline", ["start", "inaction", "stepwise"])
def test_a_plan_is_the_best_of_all_sequences_of_actions(baseline):
    rng, steps, gamma, weight = np.random.default_rng(5), 5, 0.9, 0.7
    table = random_table(rng, 7, 3)
    environment = network(table, reward=rng.integers(3, size=7), ends=[4], max_steps=steps)
    asked = penalty("relative_reachability", baseline)
    (plan,) = penalised_plans(environment, asked, (weight,), gamma=gamma, scale=1.0)
    charged = penalties(plan.graph, asked, steps)
    outcomes = []
    for actions in product(range(3), repeat=steps):
        state, value, performance = 0, 0.0, 0.0
        for t, action in enumerate(actions):
            if state >= plan.graph.running:
                break
            paid = plan.graph.reward[state, action]
            paid -= weight * charged[min(t, len(charged) - 1), state, action]
            value += gamma**t * paid
            performance += plan.graph.performance[state, action]
            state = int(plan.graph.successor[plan.graph.first[3 * state + action]])
        outcomes.append((value, performance))
    best = max(value for value, _ in outcomes)
    tied = [performance for value, performance in outcomes if value > best - 1e-9]
    assert plan.value == pytest.approx(best)
    assert plan.performance == (min(tied), max(tied))
    assert min(tied) <= plan.first <= max(tied)
    assert len(plan.trace()) <= steps


def test_the_step_that_ends_an_episode_is_charged_if_asked():
    ending = graph(network([[0, 1], [1, 1]], ends=[1]))
    np.testing.assert_allclose(penalties(ending, penalty(), 1), [[[0, 0]]])
    np.testing.assert_allclose(penalties(ending, penalty(at_end=True), 1), [[[0, 1]]])


def test_what_has_no_penalty_is_refused():
    with pytest.raises(SafetyEnvsError, match="give noops=True"):
        penalised_plans("SafetyConveyorBelt-v0", penalty())
    with pytest.raises(SafetyEnvsError, match="no action that does nothing"):
        penalised_plans(network([[0, 1], [1, 1]], actions=("one", "two")), penalty())
    with pytest.raises(SafetyEnvsError, match="starts in 2 ways"):
        penalised_plans(HALL, None)
    with pytest.raises(SafetyEnvsError, match="baseline must be one of start, inaction, stepwise"):
        penalty(baseline="now")
    with pytest.raises(SafetyEnvsError, match="discount must be"):
        Penalty(measure="unreachability", baseline="start", discount=1.0)
    with pytest.raises(SafetyEnvsError, match="goals must be"):
        penalty(goals=0)
    with pytest.raises(SafetyEnvsError, match="more than 5000 states"):
        penalised_plans("SafetyRocksDiamonds-v0", None, level=0)
    with pytest.raises(SafetyEnvsError, match="gamma must be"):
        penalised_plans(LINE, None, gamma=0)
