"""The table of learning algorithms: ours, and those that other packages add by an entry point."""

from collections.abc import Iterator, Mapping

from agents.algorithms.algorithm import Algorithm as Algorithm
from agents.algorithms.algorithm import Learned as Learned
from agents.algorithms.algorithm import Run as Run
from safety_envs.applications import PluginTable

ENTRY_POINTS = "safety_envs.algorithms"
"""The entry-point group by which other packages add algorithms."""


def _own() -> Iterator[tuple[Algorithm, str]]:
    from agents.algorithms import (
        lola,
        overoptimisation,
        q_learning,
        sb3,
        sbx,
        tabular,
        td_learning,
    )

    for module in (sb3, sbx, q_learning, tabular, td_learning, overoptimisation, lola):
        for each in module.ALGORITHMS:
            yield each, module.__name__


_TABLE = PluginTable(ENTRY_POINTS, Algorithm, lambda each: each.name, "algorithm", _own)


def algorithms() -> Mapping[str, Algorithm]:
    """Returns every algorithm by its name, those of plugins included.

    A plugin that cannot be loaded, or whose name is taken, is named in a warning and is not there.
    """
    return _TABLE.values()


def algorithm_named(name: str) -> Algorithm:
    """Returns an algorithm of the table.

    Raises:
        SafetyEnvsError: no algorithm has that name, or two plugins claim it.
    """
    return _TABLE.find(name)
