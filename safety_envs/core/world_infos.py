"""Infos of a single world, in Python.

For one world that is faster than the loops for many of `core.infos`, which need not be compiled
then. The keys and what they mean are the same.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.metric import NOT_YET
from safety_envs.core.tallies import derived_metrics

Info = dict[str, np.float64]

_NOT_YET = np.float64(NOT_YET)


def world_info(engine: Engine) -> Info:
    """Returns the info of the first world; the return and the metrics of agents are the first's."""
    layout, ledger = engine.configuration.layout, engine.ledger
    found = {"cost": ledger.costs[0], "episode_return": ledger.returns[0, 0]}
    # Not `strict`: an array says that it has no more by an IndexError, which takes 0.7 us.
    found.update(zip(layout.channels, ledger.totals[0], strict=False))
    found["cost"] = ledger.costs[0]  # and not the total
    for name in layout.means:
        found[name] /= max(ledger.steps[0], 1)
    found.update(zip(layout.per_agent, ledger.per_agent[0, :, 0], strict=False))
    if layout.derived:
        first = (each[0] for each in derived_metrics(engine))
        found.update(zip(layout.derived, first, strict=True))
    if layout.overrides_actions:
        found["executed_action"] = np.float64(ledger.executed[0, 0])
    for name in layout.optional:
        if found[name] != found[name]:  # it is NaN
            found[name] = _NOT_YET
    for name, each in engine.reports.items():
        found[name] = each[0]
    return found


def infos_in_world(engine: Engine, more: Mapping[str, npt.NDArray[np.float64]]) -> list[Info]:
    """Returns the infos of all agents in the first world.

    Args:
        engine: the engine.
        more: further keys -> values [N, agents].
    """
    names, ledger, shared = engine.configuration.layout.per_agent, engine.ledger, world_info(engine)
    found = []
    for agent, own in enumerate(ledger.per_agent[0].T):
        info = shared.copy()
        info["episode_return"] = ledger.returns[0, agent]
        info.update(zip(names, own, strict=False))
        for name, values in more.items():
            info[name] = values[0, agent]
        found.append(info)
    return found
