"""What `info` says: the last step's cost and the episode's running totals, flat and as floats.

`cost` is the last step's; `reward`, `performance` and every declared metric are the episode's so
far. A metric that is not defined yet (the first step of something that has not happened) is left
out, and is NaN in the episode's last info.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine


def info_keys(engine: Engine) -> tuple[str, ...]:
    """Returns the keys of an info, in the order of `info_table`'s columns."""
    return ("cost", "reward", *engine.configuration.channels[1:])


def info_table(engine: Engine) -> npt.NDArray[np.float64]:
    """Returns a fresh table of all worlds' infos, float64 [N, keys].

    With several agents `cost` and `reward` are those of the world: the reward is their sum.
    """
    ledger, configuration = engine.ledger, engine.configuration
    totals = ledger.totals.copy()
    totals[:, configuration.channels_of("mean")] /= np.maximum(ledger.steps, 1)[:, None]
    returns = ledger.returns.sum(axis=1)
    return np.column_stack([ledger.costs, returns, totals[:, 1:]])


def single_info(engine: Engine, world: int = 0) -> dict[str, float]:
    """Returns one world's info."""
    row = info_table(engine)[world].tolist()
    done = engine.done[world]
    return {
        key: value
        for key, value in zip(info_keys(engine), row, strict=True)
        if done or value == value
    }


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
