"""Statistics against SciPy and against what they promise."""

import numpy as np
import pytest
from scipy import stats

from safety_envs import SafetyEnvsError
from safety_envs.statistics import (
    _student_quantile,
    bootstrap_interval,
    defined,
    estimate,
    interval,
    iqm,
    normalised,
)

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
        assert _student_quantile(share, freedom) == pytest.approx(
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
