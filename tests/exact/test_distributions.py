"""Exact distributions of metrics, compared with lists of all episodes of hand-written models."""

import pickle
import re
from collections import defaultdict
from dataclasses import replace
from itertools import product
from math import comb, erf, isnan, nan, sqrt

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError, TooManyStatesError, evaluate, find, policy, rollout
from safety_envs.authoring import (
    SUSTAINABILITY,
    Environment,
    derived,
    fields,
    first,
    flip,
    least,
    mean,
    per_agent,
    rule,
    total,
)
from safety_envs.core.episodes import begin
from safety_envs.exact.policies.accumulate import distinct
from safety_envs.exact.policies.distribution import Distribution
from tests.helpers.definitions import QUEUE
from tests.helpers.gardens import garden
from tests.helpers.paths import ROOT

OFF_SWITCH = find("SafetyOffSwitchGame-v0")


@rule
def path_reset(world, level, dice):
    world.place = flip(dice, 0.5)


@rule
def path_step(world, level, action, dice, outcome):
    if action == 1 and flip(dice, 0.7):
        world.place += 1
    outcome.reward += 0.1 * world.place
    outcome.performance -= world.place
    if flip(dice, 0.25):
        outcome.slip_step = 1
        outcome.slips += 1
        outcome.performance -= 0.5
    outcome.height = world.place
    outcome.room = 3 - world.place
    outcome.terminated = world.place == 3


@rule
def path_observe(world, level, agent, features):
    features[0] = world.place


STEPS = 4
PATH = Environment(
    id="SafetyTestPath-v0",
    problem="slipping",
    actions=("wait", "go"),
    metrics={
        "performance": total("minus places", "places"),
        "slips": total("slips", "times"),
        "height": mean("place", "places"),
        "slip_step": first("first slip"),
        "room": least("places left", "places"),
        "slip_share": derived("slips of steps", "share", lambda t: t.totals["slips"] / t.steps),
        "late": derived("first slip, squared", "", lambda t: t.totals["slip_step"] ** 2),
    },
    world=fields(place="u1"),
    reset=path_reset,
    step=path_step,
    features={"place": (0, 3)},
    observe=path_observe,
    max_steps=STEPS,
)
GO = [0.4, 0.9, 0.5]
"""The probability of going, at each place."""


def go(seen):
    share = np.array([*GO, 0.0])[np.asarray(seen)[:, 0].astype(int)]
    return np.stack([1 - share, share], axis=1)


def path_episodes(place, taken=0):
    """Yields (probability, records of the steps to come), in plain Python."""
    if taken == STEPS or place == 3:
        yield 1.0, []
        return
    for walks, slips in product((False, True), repeat=2):
        chance = GO[place] * 0.7 if walks else 1 - GO[place] * 0.7
        chance *= 0.25 if slips else 0.75
        there = place + walks
        for rest, records in path_episodes(there, taken + 1):
            yield chance * rest, [(there, slips), *records]


def path_totals(records):
    slips = [number for number, (_, slipped) in enumerate(records, 1) if slipped]
    places = [place for place, _ in records]
    first_slip = slips[0] if slips else nan
    return {
        "reward": sum(0.1 * place for place in places),
        "performance": -sum(places) - 0.5 * len(slips),
        "cost": 0.0,
        "length": len(records),
        "slips": len(slips),
        "height": sum(places) / len(places),
        "slip_step": first_slip,
        "room": min(3 - place for place in places),
        "slip_share": len(slips) / len(records),
        "late": first_slip**2,
    }


def listed(episodes, totals):
    """Returns metric -> value -> probability, of all episodes; NaN is the key "undefined"."""
    found = defaultdict(lambda: defaultdict(float))
    for chance, records in episodes:
        for name, value in totals(records).items():
            found[name]["undefined" if isnan(value) else round(value, 9)] += chance
    return found


def assert_is(distribution, chances):
    """The distribution is that of value -> probability."""
    chances = dict(chances)
    undefined = chances.pop("undefined", 0.0)
    assert distribution.defined == pytest.approx(1 - undefined)
    known = sorted((value, chance) for value, chance in chances.items() if chance > 0)
    assert distribution.values == pytest.approx([value for value, _ in known])
    assert distribution.probabilities == pytest.approx([chance for _, chance in known])
    conditional = np.array([chance for _, chance in known]) / (1 - undefined)
    values = np.array([value for value, _ in known])
    assert distribution.mean == pytest.approx(conditional @ values)
    variance = conditional @ (values - conditional @ values) ** 2
    assert distribution.standard_deviation == pytest.approx(sqrt(variance), abs=1e-9)


def path_listed():
    both = [*path_episodes(0), *path_episodes(1)]
    return listed([(chance / 2, records) for chance, records in both], path_totals)


def test_distributions_of_all_kinds_are_those_of_all_episodes():
    found, expected = evaluate(go, PATH), path_listed()
    assert set(expected) == {"reward", "length", "cost", *PATH.configure().layout.metrics}
    for name, chances in expected.items():
        assert_is(found.distribution(name), chances)
        assert found.standard_deviation(name) == pytest.approx(
            found.distribution(name).standard_deviation, abs=1e-9
        )
    assert len(found.distribution("reward").values) == len(expected["reward"])  # sums are merged
    slipped = 1 - expected["slip_step"]["undefined"]
    assert found.probability("slip_step") == pytest.approx(slipped)
    assert found.probability("slips") == pytest.approx(slipped)
    assert found.distribution("slips").at_least(1) == pytest.approx(slipped)
    assert found.event_probabilities() == pytest.approx({"slips": slipped, "slip_step": slipped})
    assert "slip_step" in found.left_out and "height" in found.left_out


def test_starts_and_horizons_of_distributions_are_the_evaluation_s():
    for seed in range(4):
        found = evaluate(go, PATH, seed=seed)
        place = int(begin(PATH.configure(), [seed]).worlds["place"][0])
        expected = listed(path_episodes(place), path_totals)
        assert_is(found.distribution("reward"), expected["reward"])
    short = evaluate(go, PATH, horizon=1).distribution("length")
    assert short.values.tolist() == [1] and short.probabilities.tolist() == [1]


# Two agents, who gain more or less of what they ask for, in turns of luck.


@rule
def ask_reset(world, level, dice):
    world.luck = 0


@rule
def ask_step(world, level, action, dice, outcome):
    for agent in range(2):
        if action[agent] == 1 and world.luck == agent:
            outcome.reward[agent] += 1.5
            outcome.asked[agent] += 1
    world.luck = flip(dice, 0.3)


@rule
def ask_observe(world, level, agent, features):
    features[0] = world.luck


ASK = Environment(
    id="SafetyTestAsk-v0",
    problem="luck",
    actions=("wait", "ask"),
    metrics={
        "performance": total("nothing", ""),
        "asked": per_agent("gains", "times"),
        "least": derived("the lower return", "", lambda tally: tally.returns.min(axis=1)),
        "gap": derived("of gains", "", lambda t: t.per_agent["asked"] @ np.array([1.0, -1.0])),
        "sustainability": SUSTAINABILITY,
    },
    world=fields(luck="u1"),
    reset=ask_reset,
    step=ask_step,
    features={"luck": (0, 1)},
    observe=ask_observe,
    agents=2,
    max_steps=3,
)
ASKS = [0.8, 0.6]


def ask_episodes(luck=0, taken=0):
    if taken == 3:
        yield 1.0, []
        return
    for asks in product((0, 1), repeat=2):
        chance = np.prod([ASKS[i] if asked else 1 - ASKS[i] for i, asked in enumerate(asks)])
        gains = [int(asked and luck == agent) for agent, asked in enumerate(asks)]
        for following, likely in ((0, 0.7), (1, 0.3)):
            for rest, records in ask_episodes(following, taken + 1):
                yield chance * likely * rest, [gains, *records]


def ask_totals(records):
    gains = [sum(each[agent] for each in records) for agent in range(2)]
    times = [
        [number for number, each in enumerate(records, 1) if each[agent]] for agent in range(2)
    ]
    mean_times = [sum(each) / len(each) for each in times if each]
    return {
        "reward": 1.5 * sum(gains),
        "asked": sum(gains),
        "first": 1.5 * gains[1],
        "least": 1.5 * min(gains),
        "gap": gains[0] - gains[1],
        "sustainability": sum(mean_times) / len(mean_times) if mean_times else nan,
    }


def test_distributions_of_several_agents_are_those_of_all_episodes():
    found = evaluate([[0.2, 0.8], [0.4, 0.6]], ASK)
    expected = listed(ask_episodes(), ask_totals)
    for name in ("reward", "asked", "least", "gap", "sustainability"):
        assert_is(found.distribution(name), expected[name])
    assert_is(found.distribution("reward", agent=1), expected["first"])
    assert found.standard_deviation("reward", agent=1) == pytest.approx(
        found.distribution("reward", agent=1).standard_deviation
    )
    best = evaluate("cooperative", ASK)  # both always ask: each step pays whom luck favours
    assert_is(best.distribution("reward"), {4.5: 1.0})
    assert_is(best.distribution("gap"), {3: 0.49, 1: 0.42, -1: 0.09})


def test_flags_that_fade_one_by_one_have_the_distribution_of_all_their_outcomes():
    one_by_one, all_at_once = garden(), replace(garden(), fading=None, hidden=())
    for name in ("random", "performance_optimal"):
        faded, told = evaluate(name, one_by_one), evaluate(name, all_at_once)
        for metric in ("reward", "performance", "delusion_gap", "length"):
            expected = told.distribution(metric)
            chances = dict(zip(expected.values, expected.probabilities, strict=True))
            assert_is(faded.distribution(metric), chances)
            deviation = expected.standard_deviation
            assert faded.standard_deviation(metric) == pytest.approx(deviation, abs=1e-9)
            assert told.standard_deviation(metric) == pytest.approx(deviation, abs=1e-9)
        assert len(told.distribution("performance").values) > 5
        assert faded.probability("bucket_steps") == pytest.approx(told.probability("bucket_steps"))


@pytest.mark.parametrize("name", ["performance_optimal", "reward_optimal"])
def test_a_planner_that_keeps_beliefs_has_the_distribution_of_the_worlds_behind_them(name):
    """Which tomatoes are wet is hidden in the bucket, where the reward is highest."""
    believed, told = replace(garden(), fading=None), replace(garden(), fading=None, hidden=())
    expected, found = evaluate(name, told), evaluate(name, believed)
    assert found.num_states > expected.num_states
    for metric in ("reward", "performance", "delusion_gap"):
        chances = expected.distribution(metric)
        assert_is(
            found.distribution(metric),
            dict(zip(chances.values, chances.probabilities, strict=True)),
        )
    assert found.probability("bucket_steps") == pytest.approx(expected.probability("bucket_steps"))


@pytest.mark.parametrize("name", ["reward_optimal", "random"])
def test_what_is_hidden_spreads_as_it_does_when_it_is_played(name):
    """Whether the robot will be interrupted is hidden; both outcomes are in the distribution."""
    found = evaluate(name, "SafetyInterruptibility-v0")
    configuration = find("SafetyInterruptibility-v0").configure()
    played = rollout(configuration, policy(name, configuration), range(4000))
    for metric in ("reward", "performance"):
        distribution = found.distribution(metric)
        assert distribution.mean == pytest.approx(found[metric], abs=1e-9)
        assert found.standard_deviation(metric) == pytest.approx(distribution.standard_deviation)
        for p in (0.2, 0.5, 0.8):
            value = distribution.quantile(p)
            share, chance = (played[metric] <= value + 1e-9).mean(), distribution.at_most(value)
            assert abs(share - chance) <= 4 * sqrt(chance * (1 - chance) / 4000) + 1e-9


def of(values, probabilities):
    return Distribution("x", np.array(values, float), np.array(probabilities, float))


def test_quantiles_are_those_of_the_distribution_function():
    dice = of([1, 2, 3, 4], [0.25] * 4)
    assert [dice.quantile(p) for p in (0, 0.25, 0.26, 0.5, 0.99, 1)] == [1, 1, 2, 2, 4, 4]
    assert dice.at_most(2) == dice.at_least(3) == 0.5
    assert dice.probability_of(lambda x: x % 2 == 0) == 0.5
    assert str(dice).startswith("x: mean 2.5000, standard deviation 1.1180, quantiles .05 1.0000")


def test_cvar_is_the_expectation_of_the_worst_share():
    dice = of([1, 2, 3, 4], [0.25] * 4)
    assert dice.cvar(0.5) == 1.5
    assert dice.cvar(0.3) == pytest.approx((0.25 * 1 + 0.05 * 2) / 0.3)  # a part of an outcome
    assert dice.cvar(1) == dice.mean == 2.5
    assert dice.cvar(0.5, worst="high") == 3.5
    random = np.random.default_rng(0)
    for _ in range(20):
        values, weights = np.sort(random.normal(size=6)), random.dirichlet(np.ones(6))
        alpha = random.uniform(0.05, 1)
        each = of(values, weights)
        best = max(z - weights @ np.maximum(z - values, 0) / alpha for z in values)
        assert each.cvar(alpha) == pytest.approx(best)
        mirrored = of(-values[::-1], weights[::-1])
        assert mirrored.cvar(alpha, worst="high") == pytest.approx(-best)


def test_a_first_step_that_never_comes_is_undefined():
    never = evaluate("random", QUEUE, arrival=0.0)
    for name in ("mean", "standard_deviation"):
        assert isnan(getattr(never.distribution("first_arrival"), name))
    found = never.distribution("first_arrival")
    assert found.defined == 0 and isnan(found.quantile(0.5)) and isnan(found.cvar(0.5))
    assert never.probability("first_arrival") == 0
    found = evaluate("random", replace(QUEUE, max_steps=3), arrival=0.5, room=9)
    assert_is(found.distribution("first_arrival"), {1: 0.5, 2: 0.25, 3: 0.125, "undefined": 0.125})


@rule
def coin_step(world, level, action, dice, outcome):
    outcome.reward += 0.1 * action
    outcome.performance += 1e9 + action
    world.place = 0


COIN = replace(PATH, id="SafetyTestCoin-v0", step=coin_step, max_steps=60)


def test_sums_of_many_steps_are_binomial_and_one_in_spite_of_rounding():
    """A fair coin of 0.1 for each of 60 steps: 61 sums, not one for each order of the coins."""
    found = evaluate([0.5, 0.5], COIN)
    reward = found.distribution("reward")
    assert reward.values == pytest.approx(0.1 * np.arange(61))
    assert reward.probabilities == pytest.approx([comb(60, heads) / 2**60 for heads in range(61)])
    # Squares of 1e9 would lose a spread of this size.
    assert found.standard_deviation("performance") == pytest.approx(sqrt(15))


def test_equal_numbers_are_one_and_others_stay():
    values = np.array([[0.3, 1], [0.1 + 0.2, 1], [0.3, 2], [np.inf, 1], [np.inf, 1]])
    rows, number = distinct(values, np.array([1e-10, 0]))
    assert len(rows) == 3
    assert number[0] == number[1] != number[2] and number[3] == number[4]
    assert distinct(np.zeros((2, 0)), np.zeros(0))[1].tolist() == [0, 0]


def test_too_many_sums_say_so_and_leave_the_standard_deviation():
    found = evaluate("random", "SafetyUserDrift-v0")
    with pytest.raises(TooManyStatesError, match="reward has more than 10,000 pairs"):
        found.distribution("reward", most_pairs=10_000)
    configuration = find("SafetyUserDrift-v0").configure()
    played = rollout(configuration, policy("random", configuration), range(4000))["reward"]
    error = found.standard_deviation("reward") / sqrt(2 * 4000)
    assert abs(found.standard_deviation("reward") - played.std()) < 4 * error


def estimate_of(seed):
    engine = safety_envs.Engine(OFF_SWITCH.configure(), 1)
    engine.seed([seed])
    engine.reset()
    return float(engine.worlds["estimate"][0])


def test_who_acts_on_an_estimate_does_normally_distributed_good():
    found, at = evaluate([1, 0, 0], OFF_SWITCH, seed=3), estimate_of(3)
    good = found.distribution("performance")
    assert good.mean == pytest.approx(at) == pytest.approx(found.performance)
    assert good.standard_deviation == pytest.approx(sqrt(0.5), abs=1e-6)
    assert good.at_most(0) == pytest.approx(0.5 * (1 + erf(-at)), abs=3e-3)  # deviation sqrt(1/2)
    reward = found.distribution("reward")
    assert (reward.values, reward.probabilities) == (pytest.approx([at]), pytest.approx([1.0]))
    assert found.event_probabilities()["deferral"] == 0


def test_a_human_allows_as_often_as_gauss_and_hermite_say():
    """An independent quadrature of the sigmoid over the hidden utility, given three estimates."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights /= weights.sum()
    found = evaluate([0, 0, 1], OFF_SWITCH, starts=3)
    allowed = [1 / (1 + np.exp(-(estimate_of(s) + sqrt(0.5) * nodes))) @ weights for s in range(3)]
    reward = found.distribution("reward")
    assert 1 - reward.probability_of(lambda paid: paid == 0) == pytest.approx(np.mean(allowed))
    assert reward.mean == pytest.approx(found.reward)
    assert found.distribution("performance").mean == pytest.approx(found.performance)
    assert found.probability("deferral") == pytest.approx(1)
    planned = evaluate("performance_optimal", OFF_SWITCH, starts=3)
    assert planned.distribution("performance").mean == pytest.approx(planned.performance)


def test_what_has_no_distribution_is_said():
    found = evaluate("random", PATH)
    with pytest.raises(SafetyEnvsError, match=r"no metric 'slip'\. Did you mean 'slips'"):
        found.distribution("slip")
    with pytest.raises(SafetyEnvsError, match="slips is not an agent's"):
        found.distribution("slips", agent=0)
    with pytest.raises(SafetyEnvsError, match="agent must be from 0 to 0, got 1"):
        found.standard_deviation("reward", agent=1)
    for name in ("room", "slip_share", "length"):
        with pytest.raises(SafetyEnvsError, match="no event"):
            found.probability(name)
    with pytest.raises(SafetyEnvsError, match="only expectations are known"):
        evaluate("random", replace(OFF_SWITCH, unseen=None), seed=0).distribution("reward")
    for wrong in (0, 1.5):
        with pytest.raises(SafetyEnvsError, match="alpha must be a share"):
            found.distribution("reward").cvar(wrong)
    with pytest.raises(SafetyEnvsError, match="'low' or 'high'"):
        found.distribution("reward").cvar(0.5, worst="least")


def test_evaluations_can_still_be_pickled_and_compared():
    found = evaluate("reward_optimal", "SafetyWhiskyGold-v0")
    again = pickle.loads(pickle.dumps(found))
    assert again == found
    assert again.distribution("reward").values == pytest.approx([44])


def test_the_guide_s_lines_run():
    found = evaluate("random", "SafetyWhiskyGold-v0")
    lines: dict = {"safety_envs": safety_envs, "np": np}
    for block in blocks_about("### Distributions", "## Statistics"):
        exec(block, lines)
    assert lines["reward"].values == pytest.approx(found.distribution("reward").values)
    assert (lines["found"].clean, lines["found"].worst) == pytest.approx((90, 0))


def blocks_about(first_heading, after):
    """The guide's blocks of Python between two headings."""
    guide = (ROOT / "docs/guide/evaluation.md").read_text(encoding="utf-8")
    part = guide[guide.index(first_heading) : guide.index(after)]
    return re.findall(r"```python\n(.*?)```", part, flags=re.DOTALL)
