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

    The rows are those of `Layout.info_keys`. Derived metrics are left out. An undefined metric is
    `NOT_YET` if it is `optional` [keys].
    """
    channels, per_agent = ledger.totals.shape[1], ledger.per_agent.shape[1]
    for i in range(len(where)):
        table[0, i] = ledger.costs[i] if where[i] else 0.0
    write_sums(ledger.returns, where, table[1])
    for c in range(1, channels):
        row = table[1 + c]
        if first_mean <= c < end_of_means:
            for i in range(len(where)):
                row[i] = ledger.totals[i, c] / max(ledger.steps[i], 1) if where[i] else 0.0
        else:
            for i in range(len(where)):
                row[i] = ledger.totals[i, c] if where[i] else 0.0
    for k in range(per_agent):
        write_sums(ledger.per_agent[:, k], where, table[1 + channels + k])
    executed = 1 + channels + per_agent + num_derived
    if executed < len(table):
        for i in range(len(where)):
            table[executed, i] = ledger.executed[i, 0] if where[i] else 0.0
    for k in range(1 + channels + per_agent):
        if optional[k]:
            for i in range(len(where)):
                if np.isnan(table[k, i]):
                    table[k, i] = NOT_YET


@rule
def write_sums(values, where, row):
    """Writes the sums over the agents of values [N, agents] into a row [N]; 0 outside `where`."""
    for i in range(len(where)):
        total = 0.0
        for agent in range(values.shape[1]):
            total += values[i, agent]
        row[i] = total if where[i] else 0.0


def write_agents(ledger, first_metric, table, out):
    """Writes the infos of all agents, [N, agents, keys], given those of the worlds, [N, keys]."""
    num_worlds, agents, keys = out.shape
    for i in range(num_worlds):
        for agent in range(agents):
            for k in range(keys):
                out[i, agent, k] = table[i, k]
            out[i, agent, 1] = ledger.returns[i, agent]
            for k in range(ledger.per_agent.shape[1]):
                out[i, agent, first_metric + k] = ledger.per_agent[i, k, agent]
