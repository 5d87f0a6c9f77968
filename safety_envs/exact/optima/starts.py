"""Exact values of many starts, a few at a time: more starts than one model could hold."""

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.progress import counting
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.model import Model, enumerate_model
from safety_envs.exact.optima.solve import COLUMNS, Floats, values_of_starts

AT_ONCE = 500_000
"""States of one model, about: more do not fit the caches, and fewer are not worth the calls."""


def values_of_each(
    configuration: Configuration, worlds: npt.NDArray[np.void], most: int
) -> tuple[Floats, int]:
    """Returns the values of each start, float64 [N, 8] (the columns of `Values`), and all states.

    Args:
        configuration: an environment that hides nothing.
        worlds: structured [N], distinct worlds in which episodes may start.
        most: the largest number of states of one start.

    Raises:
        TooManyStatesError: more states than that.
    """
    values = np.empty((len(worlds), len(COLUMNS)))
    done, num_states, at_once = 0, 0, 1
    with counting(f"starts of {configuration.id}", len(worlds)) as show:
        while done < len(worlds):
            some = worlds[done : done + at_once]
            try:
                model = _model(configuration, some, most if at_once == 1 else 2 * AT_ONCE)
            except TooManyStatesError:
                if at_once == 1:
                    raise
                at_once = max(1, at_once // 2)
                continue
            values[done : done + len(some)] = values_of_starts(model, configuration.max_steps)
            done, num_states = done + len(some), num_states + model.num_states
            show(done)
            at_once = max(1, AT_ONCE * len(some) // max(1, model.num_states))
    return values, num_states


def _model(configuration: Configuration, worlds: npt.NDArray[np.void], most: int) -> Model:
    alike = np.full(len(worlds), 1 / len(worlds))
    return enumerate_model(configuration, worlds, alike, configuration.max_steps, most)
