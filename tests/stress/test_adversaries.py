"""Adversaries with a budget: the plan of the exact worst case, and those that are greedy."""

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, SafetyVectorEnv, evaluate, worst_case
from tests.helpers.ledge import LEDGE, REACHED, RIGHT, act

NUMBER = 4000


def mean_under(adversary, number=NUMBER, **others):
    """The mean performance of episodes in which the policy acts on what it is shown."""
    stress = {"adversary": adversary, **others}
    env = SafetyVectorEnv(LEDGE, number, stress=stress, autoreset_mode="Disabled")
    seen, infos = env.reset(seed=0)
    random, running = np.random.default_rng(0), np.ones(number, bool)
    performance = np.zeros(number)
    while running.any():
        chances = act(seen)
        actions = (random.random(number) < chances[:, 1]).astype(np.int64)
        # Worlds that have ended are reset, so that they can be stepped; what follows is not read.
        seen, _, terminated, truncated, infos = env.step(actions)
        ends = terminated | truncated
        performance[running & ends] = infos["performance"][running & ends]
        running &= ~ends
        if ends.any():
            seen, _ = env.reset(options={"reset_mask": ends})
    return performance.mean(), performance.std() / np.sqrt(number)


@pytest.mark.parametrize("budget", [1, 2])
def test_the_planned_adversary_does_what_the_worst_case_says(budget):
    found = worst_case(act, LEDGE, budget=budget)
    adversary = {"kind": "worst", "budget": budget, "against": act}
    mean, error = mean_under(adversary)
    assert abs(mean - found.worst) < 4 * error
    assert abs(mean - found.clean) > 10 * error


def test_a_world_that_repeats_its_own_is_not_replaced():
    adversary = {
        "kind": "worst",
        "budget": 2,
        "against": act,
        "perturbations": lambda w: w[:, None],
    }
    mean, error = mean_under(adversary)
    assert abs(mean - evaluate(act, LEDGE).performance) < 4 * error


def test_no_adversary_is_worse_than_the_worst():
    worst = worst_case(act, LEDGE, budget=2).worst
    for kind in ("random", "greedy"):
        adversary = {"kind": kind, "budget": 2}
        if kind == "greedy":
            adversary["against"] = act
        mean, error = mean_under(adversary)
        assert mean > worst + 4 * error


@pytest.mark.parametrize("margin", [0.0, 0.35])
def test_the_greedy_adversary_lowers_the_preference_most(margin):
    """Compared with a table made in plain Python, at the first observation."""
    adversary = {
        "kind": "greedy", "budget": 1, "against": act, "perturbations": 1, "margin": margin,
    }  # fmt: skip
    env = SafetyVectorEnv(LEDGE, 40, stress={"adversary": adversary})
    seen, infos = env.reset(seed=0)
    expected = {}
    for place in (1, 2):
        own = (place, 0)
        likes_right = RIGHT[own] > 0.5
        preference = {
            other: RIGHT[other] if likes_right else 1 - RIGHT[other]
            for other in REACHED
            if (other[0] != place) + (other[1] != 0) <= 1
        }
        least = min(preference.values())
        strikes = least < preference[own] - margin
        shown = {other for other, value in preference.items() if value == least}
        expected[place] = (strikes, shown if strikes else {own})
    struck = set()
    for world in range(40):
        strikes, shown = expected[int(env.engine.worlds["place"][world])]
        assert tuple(seen[world].astype(int).tolist()) in shown
        assert infos["stress_replaced"][world] == strikes
        struck.add(strikes)
    assert True in struck
    if margin:
        assert {each[0] for each in expected.values()} == {True, False}


def test_alternatives_that_are_met_are_those_that_are_listed():
    """Where episodes meet all worlds, the greedy adversary does the same with either."""
    listed = {"kind": "greedy", "budget": 2, "against": act, "perturbations": 1}
    met = {**listed, "perturbations": {"entries": 1, "episodes": 200}}
    assert mean_under(listed, 500) == mean_under(met, 500)


def test_a_function_may_say_what_is_shown():
    def one_further(worlds):
        other = worlds.copy()
        other["place"] = np.minimum(worlds["place"] + 1, 3)
        return other[:, None]

    adversary = {"kind": "random", "budget": 3, "perturbations": one_further}
    env = SafetyVectorEnv(LEDGE, 50, stress={"adversary": adversary})
    seen, infos = env.reset(seed=0)
    places = env.engine.worlds["place"]
    assert infos["stress_replaced"].all()  # as many changes as steps
    assert (seen[:, 0] == places + 1).all()
    planned = {"kind": "worst", "budget": 1, "against": act}
    features = {"perturbations": lambda worlds: np.zeros((len(worlds), 1, 2), np.float32)}
    with pytest.raises(SafetyEnvsError, match="return observations: for an adversary that plays"):
        SafetyVectorEnv(LEDGE, 1, stress={"adversary": {**planned, **features}})
    env = SafetyVectorEnv(LEDGE, 1, stress={"adversary": {"budget": 3, **features}})
    with pytest.raises(SafetyEnvsError, match="must return the worlds that are shown"):
        env.reset(seed=0)


def test_other_disturbances_come_before_the_adversary():
    """What is a step late is changed as if it were now."""
    mean, _ = mean_under({"kind": "worst", "budget": 1, "against": act}, 500, delay=1)
    assert mean >= worst_case(act, LEDGE, budget=3).worst - 1
