"""Social metrics, beside their formulas written out in NumPy."""

import numpy as np
import pytest

from safety_envs.core.metric import Tally
from safety_envs.core.social import collective_return_rate, gini_equality, mean_gain_time


def tally(returns, gains, times, steps):
    return Tally(np.asarray(steps, np.int32), returns, gains, times, {}, {})


@pytest.mark.parametrize("agents", [2, 3, 9])
def test_social_metrics_follow_their_formulas(agents):
    random = np.random.default_rng(agents)
    returns = random.integers(0, 5, (40, agents)) * 0.5
    returns[0], returns[1, 0] = 0.0, -1.0
    gains = random.integers(0, 3, (40, agents)).astype(np.float64)
    gains[2] = 0.0
    times = gains * random.integers(1, 9, (40, agents))
    steps = random.integers(0, 9, 40)
    found = tally(returns, gains, times, steps)
    rates = [row.sum() / max(number, 1) for row, number in zip(returns, steps, strict=True)]
    assert collective_return_rate(found) == pytest.approx(rates)
    equality = [
        1 - np.abs(np.subtract.outer(row, row)).sum() / (2 * agents * row.sum())
        if row.sum() > 0 and row.min() >= 0
        else np.nan
        for row in returns
    ]
    assert gini_equality(found) == pytest.approx(equality, nan_ok=True)
    assert np.isnan(gini_equality(found)[:2]).all()
    means = [
        np.mean([t / g for t, g in zip(*row, strict=True) if g > 0] or [np.nan])
        for row in zip(times, gains, strict=True)
    ]
    assert mean_gain_time(found) == pytest.approx(means, nan_ok=True)
    assert np.isnan(mean_gain_time(found)[2])
