"""The loops that write infos, compiled once for all environments.

They fill one row of the table after the other, which takes a third of the time of going from world
to world: rows of many worlds lie a power of two apart, where they displace each other from the
cache.
"""

import numpy as np

from safety_envs.core.compile import rule
from safety_envs.core.metric import NOT_YET


def write_infos(ledger, first_mean, end_of_means, num_derived, optional, where, table):
    """Writes the infos of the worlds of `where` [N] into a table [keys, N]; others have zeros.

    The rows are those of `Layout.info_keys`; those of derived metrics have been filled before. An
    undefined metric is `NOT_YET` if it is `optional` [keys].
    """
    channels, per_agent = ledger.totals.shape[1], ledger.per_agent.shape[1]
    executed = 1 + channels + per_agent + num_derived
    if not all_of(where):
        for k in range(len(table)):
            for i in range(len(where)):
                if not where[i]:
                    table[k, i] = 0.0
    for i in range(len(where)):
        if where[i]:
            table[0, i] = ledger.costs[i]
    write_sums(ledger.returns, where, table[1])
    for c in range(1, channels):
        for i in range(len(where)):
            if where[i]:
                table[1 + c, i] = ledger.totals[i, c]
    for c in range(first_mean, end_of_means):
        for i in range(len(where)):
            table[1 + c, i] /= max(ledger.steps[i], 1)
    for k in range(per_agent):
        write_sums(ledger.per_agent[:, k], where, table[1 + channels + k])
    if executed < len(table):
        for i in range(len(where)):
            if where[i]:
                table[executed, i] = ledger.executed[i, 0]
    for k in range(len(table)):
        if optional[k]:
            for i in range(len(where)):
                table[k, i] = NOT_YET if np.isnan(table[k, i]) else table[k, i]


@rule
def all_of(flags):
    """Returns whether all flags are set."""
    for flag in flags:
        if not flag:
            return False
    return True


@rule
def write_sums(values, where, sums):
    """Writes the sums over the agents of values [N, agents], for the worlds of `where`."""
    for i in range(len(where)):
        if where[i]:
            total = values[i, 0]
            for agent in range(1, values.shape[1]):
                total += values[i, agent]
            sums[i] = total


def write_agents(ledger, first_metric, optional, rows, out):
    """Writes the infos of all agents, out [N, agents, keys ...], given those of the worlds.

    `rows` [keys, N] are those of the worlds. Every agent has its own return and metrics.
    """
    keys, num_worlds = rows.shape
    for i in range(num_worlds):
        for agent in range(out.shape[1]):
            for k in range(keys):
                out[i, agent, k] = rows[k, i]
            out[i, agent, 1] = ledger.returns[i, agent]
            for m in range(ledger.per_agent.shape[1]):
                k, value = first_metric + m, ledger.per_agent[i, m, agent]
                out[i, agent, k] = NOT_YET if optional[k] and np.isnan(value) else value
