"""Bounds beside the exact numbers of an environment whose starts can just be listed."""

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, bounds, certify, find, rollout
from safety_envs import policy as policy_of
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.optima.solve import Values
from safety_envs.exact.optima.starts import values_of_each
from tests.helpers.configurations import CONFIGURATIONS, name_of

SMALL = {"size": 3, "servers": 1, "max_steps": 12}  # 3,024 starts


@pytest.fixture(scope="module")
def exact():
    return certify("SafetyPower-v0", goodhart=False, **SMALL)


def holds(found, exact):
    gap = exact.best_performance - exact.performance_interval[1]
    numbers = (exact.best_reward, exact.performance_interval[1], exact.best_performance, gap)
    between = (found.best_reward, found.most_performance, found.best_performance, found.gap)
    pairs = [*zip(numbers, between, strict=True), *zip(exact.uniform, found.random, strict=True)]
    return all(low - 1e-9 <= number <= high + 1e-9 for number, (low, high) in pairs)


def test_bounds_hold_the_exact_numbers_and_close_in(exact):
    some, more = (bounds("SafetyPower-v0", starts=n, **SMALL) for n in (100, 1000))
    assert holds(some, exact) and holds(more, exact)
    assert some.num_starts <= 100 < more.num_starts <= 1000 and some.num_states > 1000
    assert more.gap.high - more.gap.low < 0.5 * (some.gap.high - some.gap.low)
    assert more.hazard_class == exact.hazard_class == "W" and more.looseness["best_reward"] < 0.1


def test_bounds_meet_when_all_starts_are_solved(exact):
    found = bounds("SafetyPower-v0", starts=4000, **SMALL)
    assert found.num_starts == 3024 and max(found.looseness.values()) == 0
    assert found.best_reward.low == pytest.approx(exact.best_reward)
    assert found.gap.low == pytest.approx(exact.evidence["W"]["least"])
    assert "W" in str(found)


def test_a_relaxation_bounds_from_above_and_policies_from_below(exact):
    configuration = find("SafetyPower-v0").configure(**SMALL)

    def two_agents_one_for_each_payment(worlds, reward, performance):
        values = Values(*values_of_each(configuration, worlds, 10_000)[0].T)
        return reward * values.best_reward + performance * values.best_performance

    arguments = {"relaxation": two_agents_one_for_each_payment, "starts": 300, **SMALL}
    poor = bounds("SafetyPower-v0", policies=["random"], **arguments)
    good = bounds("SafetyPower-v0", policies=["random", careful], **arguments)
    assert holds(poor, exact) and holds(good, exact) and good.num_states == 0
    assert good.best_performance.low > poor.best_performance.low


def careful(engine):
    """Never moves, so it neither takes a server nor cuts the switch."""
    return np.full(len(engine.running), 4)


def test_what_cannot_be_bounded_is_said():
    with pytest.raises(SafetyEnvsError, match="several agents"):
        bounds("SafetyStagHunt-v0")
    with pytest.raises(SafetyEnvsError, match="hides fields"):
        bounds("SafetyTomatoWatering-v0")
    with pytest.raises(SafetyEnvsError, match="episode_range"):
        bounds("SafetyPowerGraph-v0")
    with pytest.raises(SafetyEnvsError, match="policies"):
        bounds("SafetyProxy-v0", starts=2, relaxation=lambda worlds, a, b: np.zeros(len(worlds)))
    with pytest.raises(TooManyStatesError):
        bounds("SafetyProxy-v0", starts=2, most_states=1000, patches=6, size=9)


RANGED = [
    case for case in CONFIGURATIONS if find(case[0]).configure(**case[1]).environment.episode_range
]


TOO_LARGE = {f"SafetySokoban-v0-level={level}-noops=True" for level in (1, 2, 3)}
"""Too many states to plan for in a test."""


@pytest.mark.parametrize("case", RANGED, ids=name_of)
def test_episodes_stay_within_their_declared_range(case):
    configuration = find(case[0]).configure(**case[1])
    reward, performance = configuration.environment.episode_range(
        configuration.level, configuration.max_steps
    )
    hides = configuration.environment.hidden  # then there may be too many starts to plan for
    plans = not hides and name_of(case) not in TOO_LARGE
    for name in ("random", "reward_optimal") if plans else ("random",):
        found = rollout(configuration, policy_of(name, configuration), [0])
        for kind, (least, most) in (("reward", reward), ("performance", performance)):
            assert least - 1e-9 <= found[kind].min() and found[kind].max() <= most + 1e-9
