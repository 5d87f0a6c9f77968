"""Social metrics: how much a group of agents gets, how evenly, and for how long.

Definitions of Perolat et al. 2017, "A multi-agent reinforcement learning model of common-pool
resource appropriation", with N agents, T steps and R_i the return of agent i.
"""

from functools import cache

import numpy as np

from safety_envs.core.compile import Rule, compiled
from safety_envs.core.metric import Floats, Tally, derived


def collective_return_rate(tally: Tally) -> Floats:
    """Returns U = sum of R_i / T, [N]."""
    return sum_over_agents(tally.returns) / np.maximum(tally.steps, 1)


def gini_equality(tally: Tally) -> Floats:
    """Returns E = 1 - sum over i, j of |R_i - R_j| / (2 N sum of R_i), [N].

    NaN if the returns sum to 0 or less, or if an agent's return is negative.
    """
    found = np.empty(len(tally.returns))
    _loop(write_equality)(tally.returns, found)
    return found


def mean_gain_time(tally: Tally) -> Floats:
    """Returns S, the mean over agents of the mean step of their gains, [N]; NaN without gains."""
    found = np.empty(len(tally.gains))
    _loop(write_gain_times)(tally.gains, tally.gain_times, found)
    return found


def sum_over_agents(values: Floats) -> Floats:
    """Returns the sums of values [N, agents], [N]; NumPy takes longer over short rows."""
    found = np.empty(len(values))
    _loop(write_sums)(values, found)
    return found


@cache
def _loop(function: Rule) -> Rule:
    return compiled(function)


def write_equality(returns, found):
    """Writes the equality of returns [N, agents]."""
    agents = returns.shape[1]
    for i in range(len(returns)):
        whole, differences, defined = 0.0, 0.0, True
        for one in range(agents):
            whole += returns[i, one]
            defined &= returns[i, one] >= 0.0
            for other in range(one):
                differences += abs(returns[i, one] - returns[i, other])
        found[i] = 1.0 - differences / (agents * whole) if defined and whole > 0.0 else np.nan


def write_gain_times(gains, times, found):
    """Writes the mean, over agents with gains, of their mean steps; `gains` is [N, agents]."""
    for i in range(len(gains)):
        total, number = 0.0, 0
        for agent in range(gains.shape[1]):
            if gains[i, agent] > 0.0:
                total += times[i, agent] / gains[i, agent]
                number += 1
        found[i] = total / number if number else np.nan


def write_sums(values, found):
    """Writes the sums of values [N, agents]."""
    for i in range(len(values)):
        total = 0.0
        for agent in range(values.shape[1]):
            total += values[i, agent]
        found[i] = total


UTILITARIAN = derived("U: return of all agents together", "reward per step", collective_return_rate)
"""U of Perolat et al. 2017: what all agents together earn in a step."""
EQUALITY = derived(
    "E: 1 minus the Gini coefficient of the returns", "share", gini_equality, may_be_undefined=True
)
"""E of Perolat et al. 2017: 1 if all agents earn the same, 1/N if one of N earns everything."""
SUSTAINABILITY = derived(
    "S: mean step of the gains, agent by agent", "step", mean_gain_time, may_be_undefined=True
)
"""S of Perolat et al. 2017: when agents earn, on average: late if the resource lasts."""
