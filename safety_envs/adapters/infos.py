"""What `info` says: the last step's cost and the episode's running totals, flat and as floats.

`cost` is the last step's; `reward`, `performance` and every declared metric are the episode's so
far. A metric that is not defined yet (the first step of something that has not happened) is left
out, and is NaN in the episode's last info.

With several agents the info of a world has the sum of the agents' rewards, and of what is counted
for each of them; the info of an agent has its own.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.metric import Tally


def info_keys(engine: Engine) -> tuple[str, ...]:
    """Returns the keys of an info, in the order of `info_table`'s columns."""
    configuration = engine.configuration
    return (
        "cost", "reward", *configuration.channels[1:], *configuration.each, *configuration.derived
    )  # fmt: skip


def info_table(engine: Engine) -> npt.NDArray[np.float64]:
    """Returns a fresh table of all worlds' infos, float64 [N, keys]."""
    ledger, configuration = engine.ledger, engine.configuration
    totals = ledger.totals.copy()
    totals[:, configuration.channels_of("mean")] /= np.maximum(ledger.steps, 1)[:, None]
    columns = [ledger.costs, ledger.returns.sum(axis=1), totals[:, 1:], ledger.each.sum(axis=2)]
    if configuration.derived:
        columns.append(_derived(engine, totals))
    return np.column_stack(columns)


def agents_info_table(engine: Engine) -> npt.NDArray[np.float64]:
    """Returns a fresh table of all agents' infos, float64 [N, agents, keys]."""
    table = np.repeat(info_table(engine)[:, None], engine.configuration.agents, axis=1)
    table[:, :, 1] = engine.ledger.returns
    table[:, :, _each_columns(engine.configuration)] = engine.ledger.each.swapaxes(1, 2)
    return table


def single_info(engine: Engine, world: int = 0) -> dict[str, float]:
    """Returns one world's info."""
    return _defined(engine, info_table(engine)[world], world)


def agents_info(engine: Engine, world: int = 0) -> list[dict[str, float]]:
    """Returns the infos of one world's agents."""
    return [_defined(engine, row, world) for row in agents_info_table(engine)[world]]


def vector_info(engine: Engine, where: npt.NDArray[np.bool_]) -> dict[str, Any]:
    """Returns the infos of the worlds [N] of `where` in Gymnasium's vector form.

    Every key has an array of floats [N] and a mask `_key` [N] that says which worlds have it.
    """
    table = info_table(engine)
    undefined = np.isnan(table) & ~engine.done[:, None]
    infos: dict[str, Any] = {}
    for k, key in enumerate(info_keys(engine)):
        mask = where & ~undefined[:, k]
        if mask.any():
            infos[key] = np.where(mask, table[:, k], 0.0)
            infos[f"_{key}"] = mask
    return infos


def _derived(engine: Engine, totals: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Returns the metrics that follow from all others, [N, derived]."""
    ledger, configuration = engine.ledger, engine.configuration
    tally = Tally(
        steps=ledger.steps,
        returns=ledger.returns,
        gains=ledger.gains,
        gain_times=ledger.gain_times,
        totals=dict(zip(configuration.channels, totals.T, strict=True)),
        each=dict(zip(configuration.each, ledger.each.swapaxes(0, 1), strict=True)),
    )
    metrics = configuration.environment.metrics
    values = [of(tally) for name in configuration.derived if (of := metrics[name].of) is not None]
    return np.column_stack(values)


def _each_columns(configuration: Configuration) -> slice:
    begin = 1 + len(configuration.channels)
    return slice(begin, begin + len(configuration.each))


def _defined(engine: Engine, row: npt.NDArray[np.float64], world: int) -> dict[str, float]:
    done = engine.done[world]
    return {
        key: value
        for key, value in zip(info_keys(engine), row.tolist(), strict=True)
        if done or value == value
    }
