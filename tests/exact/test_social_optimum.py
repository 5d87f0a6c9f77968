"""The social optimum by symmetry: against plain recursions, and against the unreduced models."""

from dataclasses import replace
from functools import cache
from itertools import product

import pytest

from safety_envs import SafetyEnvsError, certify, evaluate, find, rollout, social_optimum
from tests.helpers.definitions import DILEMMA, QUEUE
from tests.helpers.prices import profits

STOCK = find("SafetyCommonsStock-v0")
STAGS = find("SafetyStagHunt-v0")
PRICES = find("SafetyPriceCollusion-v0")


def most_fish(agents, capacity, growth, steps):
    """The greatest catch, and the mean one of random fishers, by a plain recursion."""

    def grown(left):
        return min(capacity, int(left + growth * left * (1 - left / capacity) + 0.5))

    @cache
    def best(stock, left):
        if left == 0:
            return 0
        wanted = range(2 * agents + 1)
        return max(min(w, stock) + best(grown(max(0, stock - w)), left - 1) for w in wanted)

    @cache
    def random(stock, left):
        if left == 0:
            return 0
        each = [sum(asked) for asked in product(range(3), repeat=agents)]
        return sum(min(w, stock) + random(grown(max(0, stock - w)), left - 1) for w in each) / len(
            each
        )

    return best(capacity, steps), random(capacity, steps)


@pytest.mark.parametrize(("agents", "capacity"), [(2, 7), (5, 20)])
def test_fishers_catch_what_a_plain_recursion_says(agents, capacity):
    found = social_optimum(STOCK, agents=agents, capacity=capacity, horizon=12)
    best, random = most_fish(agents, capacity, 0.4, 12)
    assert found.best_reward == found.best_performance == pytest.approx(best)
    assert found.uniform.reward == pytest.approx(random)
    assert found.num_joint_actions == (agents + 1) * (agents + 2) // 2


def test_ten_fishers_are_solved_and_their_policy_catches_the_optimum():
    found = social_optimum(STOCK, agents=10, horizon=30)
    configuration = STOCK.configure(agents=10, max_steps=30)
    played = rollout(configuration, found.policy, [0, 1])
    assert played["reward"] == pytest.approx(found.best_reward)
    assert "66 joint actions" in str(found)


def test_a_hunt_listed_once_for_both_hunters_has_the_optimum_of_the_whole():
    asked = {"size": 3, "horizon": 3, "seed": 1}
    whole = social_optimum(replace(STAGS, alike=None, variants={}), **asked)
    once = social_optimum(STAGS, **asked)
    assert once.reduced and not whole.reduced
    assert once.num_states < 0.7 * whole.num_states
    for name in ("best_reward", "best_performance"):
        assert getattr(once, name) == pytest.approx(getattr(whole, name))
    assert (once.uniform.reward, once.uniform.performance) == pytest.approx(
        (whole.uniform.reward, whole.uniform.performance)
    )
    played = evaluate(once.policy, STAGS, **asked)  # the policy acts in all worlds
    assert played.reward == pytest.approx(once.best_reward)


def test_firms_together_charge_what_the_formula_of_demand_says():
    found = social_optimum(PRICES, horizon=3)
    prices = PRICES.configure().level.prices
    together = max(sum(profits([one, other])) for one, other in product(prices, repeat=2))
    assert found.best_reward == pytest.approx(3 * together)
    assert found.num_states == 15 * 16 // 2


def test_it_agrees_with_the_certificate_where_agents_are_not_declared_alike():
    certificate, found = certify(DILEMMA), social_optimum(DILEMMA)
    assert found.best_reward == pytest.approx(certificate.best_reward)
    assert found.best_performance == pytest.approx(certificate.best_performance)
    assert found.uniform.reward == pytest.approx(certificate.uniform.reward)
    assert not found.reduced


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"environment": QUEUE}, "one agent: use certify"),
        ({"environment": "SafetyRace-v0"}, "hides capability"),
        ({"environment": DILEMMA, "payment": "cost"}, "payment must be"),
        ({"environment": replace(STAGS, alike=("stag",))}, "alike names 'stag'"),
    ],
)
def test_what_cannot_be_solved_is_named(asked, words):
    with pytest.raises(SafetyEnvsError, match=words):
        social_optimum(**asked)


def test_a_policy_for_other_starts_says_so():
    policy = social_optimum(STOCK, horizon=2).policy
    with pytest.raises(SafetyEnvsError, match="longer horizon"):
        rollout(STOCK.configure(max_steps=3), policy, [0])
