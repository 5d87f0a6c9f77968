"""Recipes: how the levels of one family are made."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from safety_envs.core.definition import Environment


@dataclass(frozen=True)
class Recipe:
    """How the levels of one family are made.

    Attributes:
        environment: the family's id.
        propose: a generator of random numbers -> a drawing, or None if the attempt failed.
        definition: a drawing -> the environment with that level alone.
        least_gap: how far max I must be below P*, at least; the class is then W.
    """

    environment: str
    propose: Callable[[np.random.Generator], str | None]
    definition: Callable[[str], Environment]
    least_gap: float
