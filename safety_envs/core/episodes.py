"""The loop that plays episodes; rollouts, videos and trajectories all use it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.infos import STEP_KEYS, info_keys, info_table
from safety_envs.core.layout import Layout

Policy = Callable[[Engine], npt.NDArray[np.int64]]
"""Returns actions, int64 [N] or [N, agents], for an engine's N worlds."""


class Step(NamedTuple):
    """The actions of one step of a batch."""

    actions: npt.NDArray[np.int64]  # [N] or [N, agents]
    where: npt.NDArray[np.bool_]  # [N] which worlds took the step


def begin(
    configuration: Configuration, seeds: Sequence[int], *, compile_rules: bool = True
) -> Engine:
    """Returns an engine with one world for each seed, at the start of an episode."""
    engine = Engine(configuration, len(seeds), compile_rules=compile_rules)
    engine.seed(list(seeds))
    engine.reset()
    return engine


def play(engine: Engine, policy: Policy) -> Iterator[Step]:
    """Plays until every running episode has ended, and yields after each step.

    A world whose episode has ended does not change while the others continue.
    """
    while engine.running.any():
        step = Step(np.asarray(policy(engine)), engine.running.copy())
        engine.step(step.actions, step.where)
        yield step


def totals(engine: Engine) -> dict[str, npt.NDArray[np.float64]]:
    """Returns the totals of the episodes; see `totals_of`."""
    ledger, layout = engine.ledger, engine.configuration.layout
    costs = ledger.totals[:, layout.channels.index("cost")]
    return totals_of(layout, info_keys(engine), info_table(engine), ledger.steps, costs)


def totals_of(
    layout: Layout,
    keys: Sequence[str],
    table: npt.NDArray[np.float64],
    lengths: npt.NDArray[np.integer],
    costs: npt.NDArray[np.float64],
) -> dict[str, npt.NDArray[np.float64]]:
    """Returns the totals of N episodes.

    Args:
        layout: the layout of outcomes, which has the declared metrics.
        keys: the keys of infos.
        table: float64 [N, keys] the last infos; NaN if a metric is undefined.
        lengths: [N] the numbers of steps.
        costs: [N] the costs, summed over the steps. Infos have only the cost of the last step.

    Returns:
        "reward", "performance", every declared metric and "length" -> float64 [N].
    """
    found = {key: values for key, values in zip(keys, table.T, strict=True) if key not in STEP_KEYS}
    reward = {"reward": found.pop("episode_return")}
    cost = {"cost": costs.copy()} if "cost" in layout.metrics else {}
    return reward | cost | found | {"length": lengths.astype(np.float64)}
