"""Infos: the last step's cost and the episode's totals so far, a flat table of `np.float64`.

Batches that want a dict for each world get Python's floats, which are made in half the time.
Rows of tables are as long as their keys. To let `zip` check that (`strict`) would double the time
of a dict: an array says that it has no more items by an IndexError, whose message takes 0.7 us.

`cost` is the cost of the last step. `episode_return`, `performance` and every declared metric are
totals of the episode so far. If rules may override actions, `executed_action` is the action that
took effect. Under stress there are also its reports, see `Engine.reports`. The keys are the same at
every step and after a reset. A metric that is not defined yet (the first step of an event that has
not happened) is `NOT_YET`, -1; in tables and run records it is NaN.

With several agents the info of a world holds the sums of the agents' rewards and per-agent metrics;
the info of an agent holds its own.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Binding, Rule, bound
from safety_envs.core.definition import Configuration
from safety_envs.core.direct import direct
from safety_envs.core.engine import Engine
from safety_envs.core.info_loops import infos_part, write_agents, write_all_sums, write_infos
from safety_envs.core.layout import Layout
from safety_envs.core.ledger import empty_ledger
from safety_envs.core.metric import NOT_YET
from safety_envs.core.tallies import derived_metrics
from safety_envs.core.threads import Job
from safety_envs.core.world_infos import Info, infos_in_world, world_info

Table = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

STEP_KEYS = ("cost", "executed_action")
"""Keys that describe the last step; all others describe the episode so far."""


def info_keys(engine: Engine) -> tuple[str, ...]:
    """Returns the keys of an info, in the order of `info_table`'s columns."""
    return engine.configuration.layout.info_keys + tuple(engine.reports)


def keys_of(configuration: Configuration) -> tuple[str, ...]:
    """Returns the keys of an info of a configuration that is not stressed; see `info_keys`."""
    return configuration.layout.info_keys


def info_table(engine: Engine) -> Table:
    """Returns a new table of all worlds' infos, float64 [N, keys]; NaN for undefined metrics."""
    return np.ascontiguousarray(_rows(engine, _none_optional(engine)).T)


def agents_info_table(engine: Engine) -> Table:
    """Returns a new table of all agents' infos, float64 [N, agents, keys]; NaN if undefined."""
    return _agents_table(engine, _none_optional(engine), len(info_keys(engine)))


def infos(engine: Engine) -> list[dict[str, float]]:
    """Returns the infos of all worlds, with Python's floats: hundreds of dicts at every step."""
    keys = info_keys(engine)
    rows = _rows(engine, engine.configuration.layout.may_be_undefined)
    return [dict(zip(keys, row)) for row in zip(*rows.tolist())]  # twice as fast as NumPy's rows


def info(engine: Engine) -> Info:
    """Returns the info of the first world."""
    layout = engine.configuration.layout
    if not layout.is_multi_agent:
        return world_info(engine)
    rows = _rows(engine, layout.may_be_undefined)
    return dict(zip(info_keys(engine), rows[:, 0], strict=True))


def agents_infos(engine: Engine, *, present: bool = False) -> list[Info]:
    """Returns the infos of all agents, world by world.

    Args:
        engine: the engine.
        present: add the keys of `agent_columns`.
    """
    more = agent_columns(engine) if present else {}
    if engine.num_worlds == 1:
        return infos_in_world(engine, more)
    keys = (*info_keys(engine), *more)
    table = _agents_table(engine, engine.configuration.layout.may_be_undefined, len(keys))
    for column, values in enumerate(more.values(), len(keys) - len(more)):
        table[:, :, column] = values
    return [dict(zip(keys, row, strict=False)) for row in table.reshape(-1, len(keys))]


def vector_info(engine: Engine, where: Mask) -> dict[str, Any]:
    """Returns the infos of the worlds [N] of `where` in Gymnasium's vector format.

    Every key has an array of floats [N] and a mask `_key` [N] of the worlds that have it. All keys
    have the same mask.
    """
    layout = engine.configuration.layout
    rows = _rows(engine, layout.may_be_undefined, where)
    mask = where.copy()
    found: dict[str, Any] = {}
    keys, names = layout.info_keys, layout.mask_keys
    if reports := tuple(engine.reports):
        keys, names = keys + reports, names + tuple(f"_{key}" for key in reports)
    for key, name, row in zip(keys, names, rows, strict=False):
        found[key], found[name] = row, mask
    return found


def world_rewards(engine: Engine) -> Table:
    """Returns new rewards of the last step, summed over the agents, float64 [N]."""
    rewards = np.empty(engine.num_worlds)
    _loop(write_all_sums, engine.compile_rules)(engine.ledger.rewards, rewards)
    return rewards


def agent_columns(engine: Engine) -> dict[str, Table]:
    """Returns what the infos of several agents have beside metrics, by key, float64 [N, agents].

    `present` is 1 for agents that take part. If a stressed engine changes actions, there is also
    `executed_action`.
    """
    if engine.configuration.environment.present is None:
        found = {"present": np.ones((engine.num_worlds, engine.configuration.agents))}
    else:
        found = {"present": engine.present.astype(np.float64)}
    if engine.changes_actions:
        found["executed_action"] = engine.ledger.executed.astype(np.float64)
    return found


def stated(configuration: Configuration, table: Table, keys: Sequence[str] | None = None) -> Table:
    """Returns a table [..., keys] in which undefined metrics are `NOT_YET`.

    Only a metric that may be undefined is replaced. Any other NaN is a fault of a rule and remains.

    Args:
        configuration: the environment.
        table: the infos.
        keys: its columns; those of `keys_of` if None.
    """
    optional = configuration.layout.may_be_undefined
    if keys is not None:
        by_key = dict(zip(configuration.layout.info_keys, optional.tolist(), strict=True))
        optional = np.array([by_key.get(key, False) for key in keys])
    return np.where(np.isnan(table) & optional, NOT_YET, table)


def _rows(engine: Engine, optional: Mask, where: Mask | None = None) -> Table:
    """Returns a new table of infos, [keys, N], which is 0 outside of `where`.

    An undefined metric is `NOT_YET` if it is `optional` [keys of the layout], else NaN.
    """
    layout = engine.configuration.layout
    table = np.empty((len(optional), engine.num_worlds))
    if layout.derived:
        before = 1 + len(layout.channels) + len(layout.per_agent)
        for row, values in enumerate(derived_metrics(engine), before):
            table[row] = values
    where = engine.everywhere if where is None else where
    arguments = engine.ledger, *layout.bounds_of_infos, optional
    if len(engine.parts) > 1:
        _write_parts(engine, arguments, where, table)
    else:
        write = _loop(write_infos, engine.compile_rules)
        write(*arguments, where, table, 0, engine.num_worlds)
    if not (reports := engine.reports):
        return table
    return np.concatenate([table, np.where(where, list(reports.values()), 0.0)])


def _write_parts(engine: Engine, arguments: tuple[Any, ...], where: Mask, table: Table) -> None:
    """Lets the threads of an engine write all rows of a table but those of derived metrics."""
    ledger, jobs = _jobs.get(engine, (None, {}))
    if ledger is not engine.ledger:  # it has another one now
        _jobs[engine] = engine.ledger, (jobs := {})
    key = arguments[-1].tobytes()
    if key not in jobs:
        like = np.empty_like(where), np.empty_like(table)
        bounds = [(part.start, part.stop) for part in engine.parts]
        jobs[key] = Job(infos_part, Binding(), [(*arguments, *like, *each) for each in bounds])
    here, there = np.ascontiguousarray(where), np.ones(len(engine.parts), np.int64)
    jobs[key].run(here.ctypes.data * there, table.ctypes.data * there)


_jobs: WeakKeyDictionary[Engine, tuple[Any, dict[bytes, Job]]] = WeakKeyDictionary()
"""What threads do, for engines with several: the ledger that they read, and a job for each mask of
the metrics that may be undefined."""


def _agents_table(engine: Engine, optional: Mask, width: int) -> Table:
    """Returns the infos of all agents, [N, agents, width]; columns after the keys are empty."""
    layout = engine.configuration.layout
    rows = _rows(engine, optional)
    found = np.empty((engine.num_worlds, layout.agents, width))
    write = _loop(write_agents, engine.compile_rules)
    write(engine.ledger, 1 + len(layout.channels), optional, rows, found)
    return found


def _none_optional(engine: Engine) -> Mask:
    return np.zeros(len(engine.configuration.layout.info_keys), np.bool_)


@cache
def _loop(function: Rule, compile_rules: bool) -> Rule:
    """Returns a direct call of a loop of `info_loops`, which all environments share."""
    ledger = empty_ledger(1, _ANY_LAYOUT)
    table, flags = np.zeros((1, 1)), np.zeros(1, np.bool_)
    arguments: dict[Rule, tuple[Any, ...]] = {
        write_infos: (ledger, 0, 0, 0, flags, flags, table, 0, 0),
        write_agents: (ledger, 0, flags, table, np.zeros((1, 1, 1))),
        write_all_sums: (table, np.zeros(1)),
    }
    return direct(bound(function, Binding(), compile_rules), arguments[function])


_ANY_LAYOUT = Layout({}, 1, False, False)
