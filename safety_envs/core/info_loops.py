"""The loops that write infos, compiled once for all environments.

They go from block to block of worlds, and fill one row of the table after the other for a block: so
what they read of the ledger stays in the fastest cache. To go from world to world takes longer,
because rows of many worlds lie a power of two apart, where they displace each other from the cache.
"""

import numpy as np

from safety_envs.core.atomics import array_at
from safety_envs.core.borrow import borrowed
from safety_envs.core.compile import rule
from safety_envs.core.metric import NOT_YET

BLOCK = 128


@rule
def write_infos(
    ledger, first_mean, end_of_means, num_derived, optional, where, table, first_world, end
):  # fmt: skip
    """Writes the infos of the worlds of `where` [N] into a table [keys, N]; others have zeros.

    Only the worlds from `first_world` to before `end` are written.

    The rows are those of `Layout.info_keys`; those of derived metrics have been filled before. An
    undefined metric is `NOT_YET` if it is `optional` [keys].
    """
    ledger, optional, where, table = borrowed((ledger, optional, where, table))
    channels, per_agent = ledger.totals.shape[1], ledger.per_agent.shape[1]
    derived = 1 + channels + per_agent
    executed = derived + num_derived
    some = False  # whether only some worlds are of `where`
    for i in range(len(where)):
        some |= not where[i]
    for begin in range(first_world, end, BLOCK):
        block = slice(begin, min(begin + BLOCK, end))
        here, steps, costs = where[block], ledger.steps[block], ledger.costs[block]
        returns, totals = ledger.returns[block], ledger.totals[block]
        metrics, actions = ledger.per_agent[block], ledger.executed[block]
        for k in range(len(table)):
            row = table[k, block]
            if k == 0:
                for i in range(len(row)):
                    row[i] = costs[i]
            elif k == 1:
                for i in range(len(row)):
                    row[i] = sum_of(returns, i)
            elif k <= channels:
                column = totals[:, k - 1]
                for i in range(len(row)):
                    row[i] = column[i]
                if first_mean < k <= end_of_means:
                    for i in range(len(row)):
                        row[i] /= max(steps[i], 1)
            elif k < derived:
                values = metrics[:, k - 1 - channels]
                for i in range(len(row)):
                    row[i] = sum_of(values, i)
            elif k == executed:
                for i in range(len(row)):
                    row[i] = actions[i, 0]
            if optional[k]:
                for i in range(len(row)):
                    row[i] = NOT_YET if np.isnan(row[i]) else row[i]
            if some:
                for i in range(len(row)):
                    row[i] = row[i] if here[i] else 0.0


@rule
def infos_part(source, to, arguments):
    """Writes the infos of some worlds, given the addresses of `where` and of the table."""
    ledger, first_mean, end_of_means, num_derived, optional, where, table, begin, end = arguments
    here, rows = array_at(where, source), array_at(table, to)
    write_infos(ledger, first_mean, end_of_means, num_derived, optional, here, rows, begin, end)
    return 0


def write_all_sums(values, sums):
    """Writes the sums over the agents of values [N, agents]."""
    values, sums = borrowed((values, sums))
    for i in range(len(values)):
        sums[i] = sum_of(values, i)


@rule
def sum_of(values, i):
    """Returns the sum over the agents of values [N, agents] in a world."""
    total = values[i, 0]
    for agent in range(1, values.shape[1]):
        total += values[i, agent]
    return total


def write_agents(ledger, first_metric, optional, rows, out):
    """Writes the infos of all agents, out [N, agents, keys ...], given those of the worlds.

    `rows` [keys, N] are those of the worlds. Every agent has its own return and metrics.
    """
    ledger, optional, rows, out = borrowed((ledger, optional, rows, out))
    keys, num_worlds = rows.shape
    for i in range(num_worlds):
        for agent in range(out.shape[1]):
            for k in range(keys):
                out[i, agent, k] = rows[k, i]
            out[i, agent, 1] = ledger.returns[i, agent]
            for m in range(ledger.per_agent.shape[1]):
                k, value = first_metric + m, ledger.per_agent[i, m, agent]
                out[i, agent, k] = NOT_YET if optional[k] and np.isnan(value) else value
