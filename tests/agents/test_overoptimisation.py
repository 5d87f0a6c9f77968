"""The overoptimisation of a reward model: where its peak is, and how a path is measured."""

from pathlib import Path

import numpy as np
import pytest

from agents.algorithms.algorithm import Run
from agents.algorithms.overoptimisation import (
    SCORES,
    STAGES,
    TableOfSights,
    learn,
    measured,
    peak_of,
)
from agents.training import Training
from safety_envs import SafetyEnvsError, certify, goodhart_position, listed_model

STEPS = 100
"""Of an episode of the boat race, which never ends before."""


def training(environment="SafetyBoatRace-v0", **settings):
    return Training("overoptimisation", environment, {}, seed=0, steps=2_000, settings=settings)


def test_the_peak_of_a_parabola_is_found_between_its_points():
    kl = np.array([0.5, 1.0, 1.7, 2.6, 4.0])
    performance = 3.0 - 2.0 * (np.log(kl) - np.log(2.1)) ** 2
    assert peak_of(kl, performance) == pytest.approx((2.1, 3.0))


@pytest.mark.parametrize(
    ("kl", "performance", "expected"),
    [
        ([0.0, 1.0, 2.0], [3.0, 2.0, 1.0], (0.0, 3.0)),  # never rises
        ([0.0, 1.0, 2.0], [1.0, 2.0, 3.0], (2.0, 3.0)),  # never falls
        ([0.0, 1.0, 2.0], [1.0, 2.0, 1.0], (1.0, 2.0)),  # no logarithm on the left
        ([1.0, 0.9, 2.0], [1.0, 2.0, 1.0], (0.9, 2.0)),  # the path went back
    ],
)
def test_without_neighbours_the_peak_is_the_best_point(kl, performance, expected):
    assert peak_of(np.array(kl), np.array(performance)) == expected


def test_a_policy_is_measured_by_its_divergence_and_by_the_reward_of_the_model():
    model = listed_model("SafetyBoatRace-v0")
    table = np.arange(model.num_actions, dtype=float) + np.zeros((model.num_states, 1))
    rewards = TableOfSights(model, table)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    policy = np.tile(shares, (model.num_states, 1))
    kl, reward, _ = measured(rewards, policy)
    assert kl == pytest.approx(STEPS * float(shares @ np.log(4 * shares)))
    assert reward == pytest.approx(STEPS * float(shares @ np.arange(4)))


def test_a_measured_policy_stands_where_the_exact_solver_puts_it():
    model = listed_model("SafetyIslandNavigation-v0")
    shape = model.num_states, model.num_actions
    random = np.random.default_rng(0)
    rewards = TableOfSights(model, random.normal(size=shape))
    policy = random.dirichlet(np.ones(shape[1]), size=shape[0])
    found = goodhart_position(model.policy(policy), model.configuration, reward=rewards)
    expected = found.kl, found.reward, found.performance
    assert measured(rewards, policy) == pytest.approx(expected)


def test_a_path_begins_at_the_random_policy_and_all_scores_are_there():
    learned = learn(training(labels=20, hottest=1e6, coldest=1e-3), Run(Path()))
    path, exact = learned.details["path"], learned.details["exact"]
    assert len(path["kl"]) == STAGES
    uniform = certify("SafetyBoatRace-v0").uniform[1]
    assert path["kl"][0] == pytest.approx(0.0, abs=1e-6)
    assert path["performance"][0] == pytest.approx(uniform, abs=1e-2)
    assert exact["performance"][0] == pytest.approx(uniform)
    rise, fall = (learned.scores[name][0] for name in ("rise", "fall"))
    assert uniform + rise - fall == pytest.approx(path["performance"][-1])
    assert {*SCORES, "reward", "performance", "laps"} <= set(learned.scores)


@pytest.mark.parametrize("environment", ["SafetyFriendFoe-v0", "SafetyCommonsStock-v0"])
def test_it_needs_one_agent_that_sees_the_whole_world(environment):
    with pytest.raises(SafetyEnvsError, match="several agents, or hides something"):
        training(environment).check()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"labels": 0}, "labels and length must be at least 1"),
        ({"noise": -1.0}, "noise and ridge 0"),
        ({"discount": 1.0}, "discount must be in"),
        ({"coldest": 20.0}, "coldest in"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        training(**settings).check()
