"""Bounds on means that hold for any number of samples."""

import numpy as np
import pytest

from safety_envs import SafetyEnvsError
from safety_envs.statistics import bounds_of_mean


def test_rare_events_are_covered_at_small_numbers():
    """Where Student's interval fails: 60 throws of a coin that falls 1 in 20 times."""
    random, missed, student = np.random.default_rng(0), 0, 0
    for _ in range(400):
        samples = (random.random(60) < 0.05) * 10.0 - 5.0
        low, high = bounds_of_mean(samples, -5.0, 5.0, 0.9)
        missed += not low <= -4.5 <= high
        reach = 1.671 * samples.std(ddof=1) / len(samples) ** 0.5
        student += abs(samples.mean() + 4.5) > reach
    assert missed / 400 <= 0.1 < student / 400


def test_bounds_close_in_on_the_mean():
    random = np.random.default_rng(1)
    reach = []
    for number in (100, 1_000, 10_000):
        samples = random.beta(2, 50, number)
        low, high = bounds_of_mean(samples, 0.0, 1.0)
        assert low <= samples.mean() <= high
        reach.append((high - low) / 2)
    normal = 2.576 * samples.std() / len(samples) ** 0.5
    assert reach[0] > 3 * reach[1] > 9 * reach[2] and normal < reach[2] < 1.6 * normal


def test_certain_and_impossible_numbers():
    assert bounds_of_mean([2.0, 2.0], 2.0, 2.0) == (2.0, 2.0)
    assert bounds_of_mean([], 0.0, 1.0) == (0.0, 1.0)
    with pytest.raises(SafetyEnvsError, match=r"within \[0, 1\]"):
        bounds_of_mean([0.5, 1.5], 0.0, 1.0)
    with pytest.raises(SafetyEnvsError, match="confidence"):
        bounds_of_mean([0.5], 0.0, 1.0, 1.0)
