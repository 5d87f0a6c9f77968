"""Bounds on the mean of a bounded variable that hold for any number of samples.

Intervals of Student's or the bootstrap hold for many samples only. The ones here hold for every
number and every distribution on [least, most]: a gambler starts with 1 and bets, sample after
sample, that the mean is greater than m. If the mean is at most m, no way of betting can expect to
win, so the gambler reaches 1 / alpha with probability alpha at most (Ville's inequality). The lower
bound is the greatest m at which this happened:

    K_t(m) = product over i <= t of (1 + b_i(m) (x_i - m))
    lower  = sup { m : max over t of K_t(m) >= 1 / alpha }

with x scaled to [0, 1], and bets b_i(m) = min(sqrt(2 log(1/alpha) / (n v_{i-1})), c / m) that
depend on earlier samples alone; v is their variance. The upper bound is the same for 1 - x.

Source: Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting".
"""

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.statistics.scores import finite_scores

LARGEST_BET = 0.75
"""c: the share of the gambler's money that the worst outcome can take."""

HALVINGS = 50


def bounds_of_mean(
    samples: npt.ArrayLike, least: float, most: float, confidence: float = 0.99
) -> tuple[float, float]:
    """Returns (lower, upper) bounds on the mean of independent samples [n] of one variable.

    Args:
        samples: float64 [n].
        least: the least value of the variable, which need not be among the samples.
        most: its greatest value.
        confidence: the probability, at least, that both bounds hold.

    Raises:
        SafetyEnvsError: samples outside the range, or that are not finite.
    """
    values = finite_scores(samples).ravel()
    if not 0 < confidence < 1:
        raise SafetyEnvsError(f"confidence must be between 0 and 1, got {confidence:g}")
    slack = 1e-9 * max(1.0, abs(least), abs(most))
    if len(values) and (values.min() < least - slack or values.max() > most + slack):
        raise SafetyEnvsError(
            f"samples must be within [{least:g}, {most:g}], "
            f"got some from {values.min():g} to {values.max():g}"
        )
    if most <= least or not len(values):
        return float(least), float(most)
    scaled = np.clip((values - least) / (most - least), 0.0, 1.0)
    alpha = (1 - confidence) / 2
    low, high = _lower(scaled, alpha), 1 - _lower(1 - scaled, alpha)
    return least + (most - least) * low, least + (most - least) * high


def _lower(samples: npt.NDArray[np.float64], alpha: float) -> float:
    """Returns a lower bound on the mean of samples in [0, 1] that fails with probability alpha."""
    count = np.arange(1, len(samples) + 1)
    mean = (0.5 + samples.cumsum()) / (count + 1)
    variance = (0.25 + ((samples - mean) ** 2).cumsum()) / (count + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    bets = np.sqrt(2 * np.log(1 / alpha) / (len(samples) * before))
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        wealth = np.log1p(np.minimum(bets, LARGEST_BET / middle) * (samples - middle)).cumsum()
        if wealth.max() >= np.log(1 / alpha):
            low = middle
        else:
            high = middle
    return low
