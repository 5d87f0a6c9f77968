"""Statistics against SciPy and against what they promise."""

import numpy as np
import pytest

from safety_envs import SafetyEnvsError
from safety_envs.metrics import bootstrap_interval, iqm, normalised


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
    assert bootstrap_interval([1.0, 1.0]) == (1.0, 1.0)
    for bad in ([], np.zeros((2, 2, 2))):
        with pytest.raises(SafetyEnvsError):
            bootstrap_interval(bad)


def test_normalised_scores():
    assert normalised(-20, -50, -5) == pytest.approx(2 / 3)
    assert np.isnan(normalised(1, 3, 3))
