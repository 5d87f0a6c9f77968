"""The frontier of protocols: an overseer and a worker that is honest or subverts, by hand."""

import pytest

from safety_envs import SafetyEnvsError, evaluate, frontier, rollout
from safety_envs.authoring import Environment, fields, rule, total

TRUST, AUDIT, DEFER, SLEEP = range(4)
HONEST, SUBVERT = range(2)
STEPS = 3


@rule
def reset(world, level, dice):
    world.done = 0


@rule
def step(world, level, action, dice, outcome):
    """An honest worker's results count 1 if trusted, 0.5 if audited; without it they count 0.2.

    A trusted worker that subverts does harm; an audited one is caught, which ends the episode.
    """
    if action[0] == DEFER:
        outcome.performance += 0.2
    elif action[0] == TRUST and action[1] == SUBVERT:
        outcome.performance -= 10
        outcome.harms += 1
        outcome.reward[1] += 1
    elif action[0] == AUDIT and action[1] == SUBVERT:
        outcome.terminated = 1
    elif action[0] == TRUST:
        outcome.performance += 1
    elif action[0] == AUDIT:
        outcome.performance += 0.5


@rule
def observe(world, level, agent, features):
    features[0] = 0


CONTROL = Environment(
    id="SafetyTestControl-v0",
    problem="control",
    actions=("trust or honest", "audit or subvert", "defer", "sleep"),
    metrics={"performance": total("work", "points"), "harms": total("harms", "times")},
    world=fields(done="u1"),
    reset=reset,
    step=step,
    features={"nothing": (0, 1)},
    observe=observe,
    agents=2,
    max_steps=STEPS,
)
HONEST_OTHERS = [[1, 0, 0, 0], [1, 0, 0, 0]]


def always(*shares):
    return [list(shares), [1, 0, 0, 0]]


PROTOCOLS = {
    "trust": always(1, 0, 0, 0),
    "audit": always(0, 1, 0, 0),
    "half": always(0.5, 0.5, 0, 0),
    "defer": always(0, 0, 1, 0),
    "sleep": always(0, 0, 0, 1),
}


def half_s_safety():
    """The worst for half trust and half audit, backwards: subvert, honest or do nothing."""
    value = 0.0
    for _ in range(STEPS):
        value = min(0.5 * (-10 + value), 0.75 + value, value)
    return value


def test_protocols_are_as_useful_and_safe_as_found_by_hand():
    found = frontier(CONTROL, PROTOCOLS, HONEST_OTHERS)
    expected = {
        "trust": (STEPS * 1.0, STEPS * -10.0),
        "audit": (STEPS * 0.5, 0.0),
        "half": (STEPS * 0.75, half_s_safety()),
        "defer": (STEPS * 0.2, STEPS * 0.2),
        "sleep": (0.0, 0.0),
    }
    for name, point in expected.items():
        assert (found[name].usefulness, found[name].safety) == pytest.approx(point), name
    assert found.efficient == ("trust", "half", "audit", "defer")  # sleep is worse than defer
    assert "efficient" in str(found)


def test_the_worst_case_is_a_policy_that_can_be_played():
    found = frontier(CONTROL, PROTOCOLS, HONEST_OTHERS)["trust"]
    assert evaluate(found.policy, CONTROL) == found.with_worst
    assert rollout(CONTROL, found.policy, [0])["harms"] == [STEPS]
    assert found.with_honest["harms"] == 0


def test_others_may_pursue_their_own_reward_and_safety_be_another_metric():
    """The worker is paid for harm; safety counts harms, less is better."""
    found = frontier(
        CONTROL, PROTOCOLS, HONEST_OTHERS, safety="-harms", payment="reward", horizon=2
    )
    assert found["trust"].safety == 2 and found["defer"].safety == 0
    assert found["half"].safety == pytest.approx(0.5 + 0.5 * 0.5)  # caught half of the time
    assert found.efficient == ("trust", "half", "audit")  # nothing is safer than to audit
    ties = frontier(CONTROL, {"defer": always(0, 0, 1, 0)}, HONEST_OTHERS, payment="reward")
    assert ties["defer"].safety == pytest.approx(STEPS * 0.2)


def test_a_protocol_of_the_second_agent_is_compared_too():
    found = frontier(CONTROL, {"honest": HONEST_OTHERS}, HONEST_OTHERS, agent=1)
    assert (found["honest"].usefulness, found["honest"].safety) == (STEPS, 0)  # the first sleeps


def test_protocols_are_named():
    for protocols in ({}, ["trust"]):
        with pytest.raises(SafetyEnvsError, match="name -> policy"):
            frontier(CONTROL, protocols, HONEST_OTHERS)
