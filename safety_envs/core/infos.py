"""Infos: the last step's cost and the episode's totals so far, a flat table of `np.float64`.

`cost` is the cost of the last step. `episode_return`, `performance` and every declared metric are
totals of the episode so far. If rules may override actions, `executed_action` is the action that
took effect. Under stress there are also its reports, see `Engine.reports`. The keys are the same at
every step and after a reset. A metric that is not defined yet (the first step of an event that has
not happened) is `NOT_YET`, -1; in tables and run records it is NaN.

With several agents the info of a world holds the sums of the agents' rewards and per-agent metrics;
the info of an agent holds its own.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.metric import NOT_YET, Tally

Info = dict[str, np.float64]
Table = npt.NDArray[np.float64]

STEP_KEYS = ("cost", "executed_action")
"""Keys that describe the last step; all others describe the episode so far."""


def info_keys(engine: Engine) -> tuple[str, ...]:
    """Returns the keys of an info, in the order of `info_table`'s columns."""
    return keys_of(engine.configuration) + tuple(engine.reports)


def keys_of(configuration: Configuration) -> tuple[str, ...]:
    """Returns the keys of an info of a configuration that is not stressed; see `info_keys`."""
    layout = configuration.layout
    executed = ("executed_action",) if layout.overrides_actions else ()
    return (
        "cost", "episode_return", *layout.channels[1:], *layout.per_agent, *layout.derived,
        *executed,
    )  # fmt: skip


def info_table(engine: Engine) -> Table:
    """Returns a new table of all worlds' infos, float64 [N, keys]; NaN for undefined metrics."""
    ledger, layout = engine.ledger, engine.configuration.layout
    totals = ledger.totals.copy()
    totals[:, layout.channels_of("mean")] /= np.maximum(ledger.steps, 1)[:, None]
    columns = [
        ledger.costs,
        ledger.returns.sum(axis=1),
        totals[:, 1:],
        ledger.per_agent.sum(axis=2),
    ]
    if layout.derived:
        columns.append(_derived(engine, totals))
    if layout.overrides_actions:
        columns.append(ledger.executed)
    columns += engine.reports.values()
    return np.column_stack(columns)


def agents_info_table(engine: Engine) -> Table:
    """Returns a new table of all agents' infos, float64 [N, agents, keys]; NaN if undefined."""
    table = np.repeat(info_table(engine)[:, None], engine.configuration.agents, axis=1)
    per_agent = zip(engine.configuration.layout.per_agent, _by_metric(engine), strict=True)
    own = {"episode_return": engine.ledger.returns, **dict(per_agent)}
    for column, key in enumerate(info_keys(engine)):
        if key in own:
            table[:, :, column] = own[key]
    return table


def infos(engine: Engine) -> list[Info]:
    """Returns the infos of all worlds."""
    return _as_infos(engine, info_table(engine))


def agents_infos(engine: Engine) -> list[Info]:
    """Returns the infos of all agents, world by world."""
    table = agents_info_table(engine)
    return _as_infos(engine, table.reshape(-1, table.shape[-1]))


def vector_info(engine: Engine, where: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Returns the infos of the worlds [N] of `where` in Gymnasium's vector format.

    Every key has an array of floats [N] and a mask `_key` [N] of the worlds that have it.
    """
    table = np.where(where[:, None], _stated(engine, info_table(engine)), 0.0)
    found: dict[str, Any] = {}
    for k, key in enumerate(info_keys(engine)):
        found[key] = table[:, k].copy()
        found[f"_{key}"] = where.copy()
    return found


def _as_infos(engine: Engine, table: Table) -> list[Info]:
    keys = info_keys(engine)
    return [dict(zip(keys, row, strict=True)) for row in _stated(engine, table)]


def agent_columns(engine: Engine) -> dict[str, Table]:
    """Returns what the infos of several agents have beside metrics, by key, float64 [N, agents].

    `present` is 1 for agents that take part. If a stressed engine changes actions, there is also
    `executed_action`.
    """
    found = {"present": engine.present.astype(np.float64)}
    if engine.changes_actions:
        found["executed_action"] = engine.ledger.executed.astype(np.float64)
    return found


def _stated(engine: Engine, table: Table) -> Table:
    return stated(engine.configuration, table, info_keys(engine))


def stated(configuration: Configuration, table: Table, keys: Sequence[str] | None = None) -> Table:
    """Returns a table [..., keys] in which undefined metrics are `NOT_YET`.

    Only a metric that may be undefined is replaced. Any other NaN is a fault of a rule and remains.

    Args:
        configuration: the environment.
        table: the infos.
        keys: its columns; those of `keys_of` if None.
    """
    metrics = configuration.layout.metrics
    names = keys_of(configuration) if keys is None else keys
    optional = [name in metrics and metrics[name].may_be_undefined for name in names]
    return np.where(np.isnan(table) & np.array(optional), NOT_YET, table)


def _by_metric(engine: Engine) -> Table:
    """Returns the per-agent metrics, [metrics, N, agents]."""
    return engine.ledger.per_agent.swapaxes(0, 1)


def _derived(engine: Engine, totals: Table) -> Table:
    """Returns the derived metrics, [N, derived]."""
    ledger, layout = engine.ledger, engine.configuration.layout
    tally = Tally(
        steps=ledger.steps,
        returns=ledger.returns,
        gains=ledger.gains,
        gain_times=ledger.gain_times,
        totals=dict(zip(layout.channels, totals.T, strict=True)),
        per_agent=dict(zip(layout.per_agent, _by_metric(engine), strict=True)),
    )
    found = [layout.metrics[name].of for name in layout.derived]
    return np.column_stack([of(tally) for of in found if of is not None])
