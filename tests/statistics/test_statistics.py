"""Statistics against SciPy and against what they promise."""

import numpy as np
import pytest
from scipy import stats

from safety_envs import SafetyEnvsError
from safety_envs.statistics import (
    bootstrap_interval,
    defined,
    difference,
    estimate,
    interval,
    iqm,
    normalised,
    performance_gap,
    performance_profile,
    probability_of_improvement,
)
from safety_envs.statistics.student import student_quantile

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([3.0], 3.0),
        ([1, 2, 9], 4.0),  # a quarter of three, rounded down, is none
        ([0, 1, 2, 100], 1.5),
        ([[5, 1], [3, 7], [100, -100], [4, 4]], 4.0),
        (list(range(8)), 3.5),
    ],
)
def test_the_interquartile_mean_drops_a_quarter_at_either_end(scores, expected):
    assert iqm(scores) == expected
    assert np.isnan(iqm([]))


def test_the_interquartile_mean_is_scipy_s_trimmed_mean():
    random = np.random.default_rng(0)
    for runs in range(1, 30):
        scores = random.normal(size=runs)
        assert iqm(scores) == pytest.approx(stats.trim_mean(scores, 0.25))


@pytest.mark.parametrize("function", [iqm, bootstrap_interval, interval])
def test_undefined_scores_are_refused_and_counted(function):
    with pytest.raises(SafetyEnvsError, match=r"2 of 5 scores are not finite \(2 NaN\)"):
        function([1.0, NAN, 2.0, NAN, 3.0])
    with pytest.raises(SafetyEnvsError, match=r"1 of 3 scores are not finite \(0 NaN\)"):
        function([1.0, INF, 2.0])
    with pytest.raises(SafetyEnvsError, match="1 of 18"):
        function(np.where(np.arange(18) == 7, NAN, 1.0).reshape(9, 2))


def test_undefined_scores_can_be_left_out_and_are_counted():
    kept, left_out = defined([1.0, NAN, 3.0, NAN, INF])
    assert (kept.tolist(), left_out) == ([1.0, 3.0, INF], 2)
    assert defined([])[1] == 0
    assert iqm(defined([1.0, NAN, 3.0])[0]) == 2
    found = estimate([1.0, NAN, 3.0])
    assert (found.value, found.runs, found.left_out) == (2, 2, 1)
    with pytest.raises(SafetyEnvsError, match="not finite"):
        estimate([1.0, INF])


def coverage(runs, tasks=1, trials=1000, draw=None):
    """How often 95 % intervals of standard normal scores hold 0."""
    random = np.random.default_rng(runs)
    hits = 0
    for trial in range(trials):
        scores = random.normal(0.0, 1.0, size=(runs, tasks))
        low, high = interval(scores, resamples=400, seed=trial)
        hits += low <= 0 <= high
    return hits / trials


# Of 1,000 trials the standard error is .007; the bootstrap of an IQM of 8 covers .93 (measured).
@pytest.mark.parametrize("runs", [2, 3, 5, 7, 8, 10])
def test_intervals_hold_at_the_number_of_runs_there_is(runs):
    assert 0.915 <= coverage(runs) <= 0.97


def test_intervals_over_several_tasks_hold_too():
    assert 0.93 <= coverage(3, tasks=4) <= 0.975
    assert 0.915 <= coverage(8, tasks=2, trials=500) <= 0.98


def test_the_bootstrap_of_three_runs_does_not_hold():
    """Why there is another interval below eight runs."""
    random = np.random.default_rng(0)
    hits = 0
    for trial in range(1000):
        scores = random.normal(size=3)
        low, high = bootstrap_interval(scores, resamples=400, seed=trial)
        assert scores.min() - 1e-9 <= low and high <= scores.max() + 1e-9
        hits += low <= 0 <= high
    assert hits / 1000 < 0.8


def test_below_eight_runs_it_is_student_s_interval_of_the_mean():
    random = np.random.default_rng(0)
    for runs in range(2, 8):
        scores = random.normal(size=runs)
        expected = stats.t.interval(0.95, runs - 1, scores.mean(), stats.sem(scores))
        assert interval(scores) == pytest.approx(expected)
        expected = stats.t.interval(0.8, runs - 1, scores.mean(), stats.sem(scores))
        assert interval(scores, confidence=0.8) == pytest.approx(expected)
    assert np.isnan(interval([1.0])).all()
    assert interval([2.0, 2.0]) == (2.0, 2.0)


def test_two_tasks_are_welch_s_two_samples():
    """The mean of task means, with one task's sign turned, is half a difference of means."""
    scores = np.random.default_rng(0).normal(size=(5, 2)) * [1.0, 9.0]
    expected = stats.ttest_ind(scores[:, 0], -scores[:, 1], equal_var=False).confidence_interval()
    assert interval(scores) == pytest.approx((expected.low / 2, expected.high / 2))


def test_from_eight_runs_on_it_is_the_bootstrap_s():
    scores = np.random.default_rng(0).normal(size=8)
    assert interval(scores, seed=3) == bootstrap_interval(scores, seed=3)
    assert interval(scores, np.mean) == bootstrap_interval(scores, np.mean)


@pytest.mark.parametrize("freedom", [1, 1.5, 2, 2.71, 3, 4, 7, 20, 150.5, 2000])
def test_student_s_quantiles_are_scipy_s(freedom):
    for share in (0.6, 0.9, 0.975, 0.995, 0.9995):
        assert student_quantile(share, freedom) == pytest.approx(
            stats.t.ppf(share, freedom), rel=1e-7
        )


def test_an_estimate_is_of_what_its_interval_is_of():
    scores = [0.0, 0.0, 0.0, 9.0]
    few = estimate(scores)
    assert few.value == 2.25  # the mean, not the interquartile mean, which is 0
    assert (few.low, few.high) == interval(scores)
    many = estimate(scores * 2)
    assert many.value == iqm(scores * 2)
    assert (many.low, many.high) == bootstrap_interval(scores * 2)
    one, none = estimate([4.0]), estimate([NAN])
    assert one.value == 4 and not one.has_interval and np.isnan([one.low, one.high]).all()
    assert np.isnan(none.value) and none.left_out == 1 and not none.has_interval


def test_estimates_are_apart_only_where_both_have_intervals():
    low, high = estimate([1.0, 1.1, 0.9]), estimate([5.0, 5.1, 4.9])
    assert low.is_apart_from(high) and high.is_apart_from(low)
    assert not low.is_apart_from(low)
    assert not low.is_apart_from(estimate([5.0]))
    assert not estimate([5.0]).is_apart_from(low)
    assert not low.is_apart_from(estimate([NAN]))


def test_bootstrap_intervals_cover_as_often_as_they_promise():
    random = np.random.default_rng(0)
    hits = 0
    for trial in range(200):
        scores = random.normal(2.0, 1.0, size=(25, 2))
        low, high = bootstrap_interval(scores, np.mean, resamples=400, seed=trial)
        hits += low <= 2.0 <= high
    assert 0.89 <= hits / 200 <= 0.99


def test_resampling_is_stratified_by_task():
    """Tasks with no spread give an interval with no width, however far apart they are."""
    scores = np.tile([0.0, 100.0, 40.0], (5, 1))
    assert bootstrap_interval(scores, np.mean) == pytest.approx((140 / 3, 140 / 3))
    assert interval(scores) == pytest.approx((140 / 3, 140 / 3))
    assert bootstrap_interval([1.0, 1.0]) == (1.0, 1.0)


@pytest.mark.parametrize("function", [bootstrap_interval, interval])
def test_scores_have_one_axis_or_two_and_are_there(function):
    for bad in ([], np.zeros((2, 2, 2)), 3.0, np.zeros((0, 3))):
        with pytest.raises(SafetyEnvsError, match=r"\[runs, tasks\]"):
            function(bad)
    for bad in (0, 1, 95, NAN):
        with pytest.raises(SafetyEnvsError, match="confidence"):
            function([1.0, 2.0], confidence=bad)


def test_normalised_scores():
    assert normalised(-20, -50, -5) == pytest.approx(2 / 3)
    assert np.isnan(normalised(1, 3, 3))
    for wrong in ((NAN, 0, 1), (1, NAN, 1), (1, 0, INF)):
        with pytest.raises(SafetyEnvsError, match="1 of 3 scores are not finite"):
            normalised(*wrong)


def test_the_performance_gap_is_between_the_best_and_the_worst_reward_optimal_policy():
    assert performance_gap(-5, best=-5, worst=-50) == 0
    assert performance_gap(-50, best=-5, worst=-50) == 1
    assert performance_gap(-20, best=-5, worst=-50) == pytest.approx(1 / 3)
    assert performance_gap(-95, best=-5, worst=-50) == 2
    assert np.isnan(performance_gap(3, best=38, worst=38 + 1e-9))  # solvers round
    with pytest.raises(SafetyEnvsError, match="above the best of all"):
        performance_gap(3, best=1, worst=2)
    for wrong in ((NAN, 1, 0), (0, INF, 0), (0, 1, NAN)):
        with pytest.raises(SafetyEnvsError, match="1 of 3 scores are not finite"):
            performance_gap(*wrong)


def test_a_difference_of_few_runs_is_welch_s():
    random = np.random.default_rng(0)
    for n, m in ((2, 2), (3, 7), (5, 30), (7, 8)):
        a, b = random.normal(1, 1, n), random.normal(0, 5, m)
        expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
        found = difference(a, b)
        assert found.value == pytest.approx(a.mean() - b.mean())
        assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
        assert (found.runs, found.kind) == (n, "t")


def test_a_difference_of_many_runs_is_the_bootstrap_s_of_interquartile_means():
    random = np.random.default_rng(0)
    a, b = random.gamma(2, size=12), random.gamma(3, size=20)

    def statistic(x, y, axis):
        return stats.trim_mean(x, 0.25, axis) - stats.trim_mean(y, 0.25, axis)

    expected = stats.bootstrap(
        (a, b), statistic, method="percentile", n_resamples=20_000, random_state=random
    ).confidence_interval
    found = difference(a, b, resamples=20_000)
    assert found.value == pytest.approx(statistic(a, b, 0))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.03)
    assert (found.runs, found.kind) == (12, "bootstrap")
    assert difference(b, a).value == -found.value
    assert difference(a, b, np.mean).value == pytest.approx(a.mean() - b.mean())


def test_a_known_number_has_no_spread_and_a_single_run_has_an_unknown_one():
    few = [1.0, 2.0, 4.0]
    found, alone = difference(few, 2.0), estimate(few)
    assert found == pytest.approx((alone.value - 2, alone.low - 2, alone.high - 2, 3, 0))
    turned = difference(2.0, few)
    assert (turned.value, turned.low, turned.high) == pytest.approx(
        (-found.value, -found.high, -found.low)
    )
    many = list(range(9))
    found, alone = difference(many, 2.0), estimate(many)
    assert found == pytest.approx((alone.value - 2, alone.low - 2, alone.high - 2, 9, 0))
    known = difference(5.0, 2.0)
    assert known == (3, 3, 3, 0, 0) and known.kind == "known" and known.has_interval
    single = difference(few, [2.0])
    assert single.value == pytest.approx(1 / 3) and single.runs == 1
    assert single.kind == "none" and not single.has_interval


def test_differences_leave_undefined_scores_out():
    found = difference([1.0, NAN, 3.0], [NAN, 4.0, 4.0, NAN])
    assert (found.value, found.runs, found.left_out) == (-2, 2, 3)
    none = difference([1.0, 2.0], [NAN])
    assert np.isnan(none.value) and none.kind == "none" and none.left_out == 1
    assert np.isnan(difference([1.0, 2.0], NAN).value)
    with pytest.raises(SafetyEnvsError, match="not finite"):
        difference([1.0, INF], [1.0])
    with pytest.raises(SafetyEnvsError, match="of one task"):
        difference(np.zeros((8, 2)), np.zeros(8))
    with pytest.raises(SafetyEnvsError, match="of one task"):
        difference({"a": [1.0]}, [1.0])


# Of 500 trials the standard error is .01; measured with 1,000: .96, .94, .95, .93, .93.
@pytest.mark.parametrize(
    ("runs", "spreads"),
    [((3, 3), (1, 1)), ((3, 20), (3, 1)), ((8, 8), (1, 1)), ((8, 30), (3, 1)), ((8, 0), (1, 0))],
)
def test_intervals_of_differences_hold_at_the_number_of_runs_there_is(runs, spreads):
    random = np.random.default_rng(runs)
    hits = 0
    for trial in range(500):
        a = random.normal(3, spreads[0], runs[0])
        b = random.normal(1, spreads[1], runs[1]) if runs[1] else 1.0
        found = difference(a, b, resamples=300, seed=trial)
        hits += found.low <= 2 <= found.high
    assert 0.90 <= hits / 500 <= 0.985


SCORES = np.random.default_rng(7).normal([0.0, 1.0, 5.0], [1.0, 2.0, 0.5], size=(10, 3)).round(1)
OTHERS = np.random.default_rng(8).normal([0.5, 0.0, 5.0], [1.0, 2.0, 0.5], size=(9, 3)).round(1)


def redrawn(random, statistic, *tables):
    """A statistic of tables whose columns are redrawn one by one: written for this test alone."""
    found = []
    for _ in range(4000):
        drawn = [[random.choice(column, len(column)) for column in zip(*t)] for t in tables]
        found.append(statistic(*drawn))
    return np.quantile(found, [0.025, 0.975])


def test_the_aggregate_over_tasks_is_a_trimmed_mean_with_a_stratified_bootstrap():
    def trimmed(columns):
        return stats.trim_mean(np.concatenate(columns), 0.25)

    assert iqm(SCORES) == pytest.approx(trimmed(SCORES.T))
    expected = redrawn(np.random.default_rng(0), trimmed, SCORES)
    assert interval(SCORES, resamples=4000) == pytest.approx(expected, abs=0.05)
    by_task = dict(zip("abc", SCORES.T, strict=True))
    assert iqm(by_task) == iqm(SCORES)
    assert interval(by_task, resamples=4000) == pytest.approx(expected, abs=0.05)
    found = estimate(by_task)
    assert (found.value, found.runs, found.kind) == (iqm(SCORES), 10, "bootstrap")


def test_tasks_with_different_numbers_of_runs_weigh_the_same():
    by_task = {"short": [0.0] * 8, "long": [1.0] * 40}
    assert iqm(by_task) == pytest.approx(0.5)  # pooled, it would be 1
    assert interval(by_task) == pytest.approx((0.5, 0.5))
    random = np.random.default_rng(0)
    short, long = random.normal(size=8), random.normal(2, size=24)
    repeated = np.concatenate([np.repeat(short, 3), long])
    assert iqm({"s": short, "l": long}) == pytest.approx(stats.trim_mean(repeated, 0.25))
    low, high = interval({"s": short, "l": long})
    assert low < iqm({"s": short, "l": long}) < high


def test_few_runs_of_different_numbers_are_student_s_of_the_mean_of_means():
    random = np.random.default_rng(0)
    short, long = random.normal(size=3), random.normal(2, 4, size=24)
    expected = stats.ttest_ind(short, -long, equal_var=False).confidence_interval()
    found = estimate({"s": short, "l": [*long, NAN]})
    assert found.value == pytest.approx((short.mean() + long.mean()) / 2)
    assert (found.low, found.high) == pytest.approx((expected.low / 2, expected.high / 2))
    assert (found.runs, found.left_out, found.kind) == (3, 1, "t")
    assert estimate({"s": short, "l": [1.0]}).kind == "none"
    assert np.isnan(estimate({"s": short, "l": [NAN]}).value)


@pytest.mark.parametrize("function", [iqm, interval, bootstrap_interval])
def test_tasks_of_different_numbers_must_be_named(function):
    with pytest.raises(SafetyEnvsError, match="mapping, task -> runs"):
        function([[1.0, 2.0], [3.0]])
    with pytest.raises(SafetyEnvsError, match="every task must have runs"):
        function({"a": [1.0], "b": []})


def test_the_probability_of_improvement_is_mann_whitney_s():
    def independent(columns, others):
        shares = [
            stats.mannwhitneyu(x, y).statistic / (len(x) * len(y))
            for x, y in zip(columns, others, strict=True)
        ]
        return sum(shares) / len(shares)

    def quick(columns, others):
        pairs = zip(columns, others, strict=True)
        return np.mean([np.mean((np.sign(np.subtract.outer(x, y)) + 1) / 2) for x, y in pairs])

    found = probability_of_improvement(SCORES, OTHERS)
    assert found.value == pytest.approx(independent(SCORES.T, OTHERS.T))
    assert found.value == pytest.approx(quick(SCORES.T, OTHERS.T))
    expected = redrawn(np.random.default_rng(0), quick, SCORES, OTHERS)
    assert (found.low, found.high) == pytest.approx(expected, abs=0.02)
    assert (found.runs, found.kind) == (9, "bootstrap")
    assert probability_of_improvement(OTHERS, SCORES).value == pytest.approx(1 - found.value)
    by_task = [dict(zip("abc", each.T, strict=True)) for each in (SCORES, OTHERS)]
    assert probability_of_improvement(*by_task) == pytest.approx(found)


def test_probabilities_of_improvement_at_their_ends():
    assert probability_of_improvement([1.0, 2.0], [1.0, 2.0]).value == 0.5
    assert probability_of_improvement([3.0], [1.0, NAN]) == pytest.approx(
        (1, NAN, NAN, 1, 1), nan_ok=True
    )
    apart = probability_of_improvement(np.arange(8) + 10, np.arange(9))
    assert (apart.value, apart.low, apart.high) == (1, 1, 1)
    with pytest.raises(SafetyEnvsError, match="the same tasks"):
        probability_of_improvement({"a": [1.0]}, {"b": [1.0]})
    with pytest.raises(SafetyEnvsError, match="the same tasks"):
        probability_of_improvement(np.zeros((8, 2)), np.zeros((8, 3)))
    with pytest.raises(SafetyEnvsError, match="not finite"):
        probability_of_improvement([INF], [1.0])
    assert np.isnan(probability_of_improvement([NAN], [1.0]).value)


def test_a_performance_profile_counts_the_runs_above_each_threshold():
    thresholds = [-2.0, 0.0, 0.5, 1.0, 5.0, 9.0]
    profile = performance_profile(SCORES, thresholds)
    expected = [sum(x > tau for run in SCORES for x in run) / SCORES.size for tau in thresholds]
    assert profile.share == pytest.approx(expected)
    assert profile.thresholds.tolist() == thresholds
    for k in (1, 3):
        ends = redrawn(
            np.random.default_rng(0),
            lambda columns, tau=thresholds[k]: np.mean(np.array(columns) > tau),
            SCORES,
        )
        assert (profile.low[k], profile.high[k]) == pytest.approx(ends, abs=0.03)
    assert (profile.share[-1], profile.low[-1], profile.high[-1]) == (0, 0, 0)


def test_a_profile_weighs_tasks_the_same_and_has_a_band_from_eight_runs_on():
    profile = performance_profile({"s": [0.0] * 8, "l": [1.0] * 30}, [0.0, 0.5])
    assert profile.share.tolist() == [0.5, 0.5]
    few = performance_profile([0.0, 1.0, 2.0], [0.5])
    assert few.share == pytest.approx([2 / 3])
    assert np.isnan(few.low).all() and np.isnan(few.high).all()
    for scores, thresholds in (([NAN], [0.0]), ([1.0], [[0.0]]), ([], [0.0]), ([1.0], [NAN])):
        with pytest.raises(SafetyEnvsError):
            performance_profile(scores, thresholds)


def test_estimates_say_which_interval_they_have():
    assert estimate([1.0, 2.0]).kind == "t"
    assert estimate(list(range(8))).kind == "bootstrap"
    assert estimate([1.0]).kind == estimate([]).kind == "none"
