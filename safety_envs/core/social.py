"""Social metrics: how much a group of agents gets, how evenly, and for how long.

Definitions of Perolat et al. 2017, "A multi-agent reinforcement learning model of common-pool
resource appropriation", with N agents, T steps and R_i the return of agent i.
"""

import numpy as np

from safety_envs.core.metric import Floats, Tally, derived


def collective_return_rate(tally: Tally) -> Floats:
    """Returns U = sum of R_i / T, [N]."""
    rate: Floats = tally.returns.sum(axis=1) / np.maximum(tally.steps, 1)
    return rate


def gini_equality(tally: Tally) -> Floats:
    """Returns E = 1 - sum over i, j of |R_i - R_j| / (2 N sum of R_i), [N].

    NaN if the returns sum to 0 or less, or if an agent's return is negative.
    """
    returns = tally.returns
    whole = returns.sum(axis=1)
    differences = np.abs(returns[:, :, None] - returns[:, None, :]).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        equality = 1 - differences / (2 * returns.shape[1] * whole)
    return np.where((whole > 0) & (returns >= 0).all(axis=1), equality, np.nan)


def mean_gain_time(tally: Tally) -> Floats:
    """Returns S, the mean over agents of the mean step of their gains, [N]; NaN without gains."""
    gained = tally.gains > 0
    times = np.where(gained, tally.gain_times / np.maximum(tally.gains, 1), 0.0)
    number = gained.sum(axis=1)
    return np.where(number > 0, times.sum(axis=1) / np.maximum(number, 1), np.nan)


UTILITARIAN = derived("U: return of all agents together", "reward per step", collective_return_rate)
EQUALITY = derived(
    "E: 1 minus the Gini coefficient of the returns", "share", gini_equality, may_be_undefined=True
)
SUSTAINABILITY = derived(
    "S: mean step of the gains, agent by agent", "step", mean_gain_time, may_be_undefined=True
)
