"""Records a batch of running episodes, step by step."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.episodes import Step
from safety_envs.core.infos import info_keys, info_table

NO_ACTION = -1
"""The entry for the action of an episode that has ended."""

Array = npt.NDArray[Any]


class Recorder:
    """Records the steps of an engine.

    Args:
        engine: the engine, at the start of its episodes.
        worlds: whether to record worlds and dice.
    """

    def __init__(self, engine: Engine, worlds: bool) -> None:
        self._keeps = ("table", "worlds", "dice") if worlds else ("table",)
        self._columns: dict[str, list[Array]] = {
            name: [] for name in ("actions", "rewards", "terminated", "truncated", *self._keeps)
        }
        self._engine = engine
        self._add_state()

    def add(self, step: Step) -> None:
        """Records a step that the engine has just taken."""
        ledger = self._engine.ledger
        where = step.where.reshape(len(step.where), *(1,) * (step.actions.ndim - 1))
        columns = self._columns
        columns["actions"].append(np.where(where, step.actions, NO_ACTION))
        columns["rewards"].append(ledger.rewards.reshape(self._engine.action_shape).copy())
        columns["terminated"].append(ledger.terminated & step.where)
        columns["truncated"].append(ledger.truncated & step.where)
        self._add_state()

    def _add_state(self) -> None:
        engine = self._engine
        self._columns["table"].append(info_table(engine))
        if "worlds" in self._keeps:
            self._columns["worlds"].append(engine.worlds.copy())
            self._columns["dice"].append(engine.dice.copy())

    def arrays(self) -> dict[str, Array | None]:
        """Returns all columns as arrays, by the names of `Trajectory`'s attributes.

        The first axis is time: [T, ...] for results of steps, [T+1, ...] for states, which include
        the state before the first step.
        """
        forms = {
            "actions": (self._engine.action_shape, np.int64),
            "rewards": (self._engine.action_shape, np.float64),
            "terminated": ((self._engine.num_worlds,), np.bool_),
            "truncated": ((self._engine.num_worlds,), np.bool_),
        }
        arrays: dict[str, Array | None] = {"kept_worlds": None, "kept_dice": None}
        for name, column in self._columns.items():
            shape, dtype = forms.get(name, (column[0].shape if column else (), None))
            kept = f"kept_{name}" if name in ("worlds", "dice") else name
            arrays[kept] = np.array(column, dtype).reshape(len(column), *shape)
        return arrays

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the columns of "table"."""
        return info_keys(self._engine)
