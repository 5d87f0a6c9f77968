"""Recipes: how the levels of one environment are made."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from safety_envs.core.definition import Configuration, Environment
from safety_envs.foundry.forged import Level
from safety_envs.foundry.request import Request

Part = Literal["train", "test"]


@dataclass(frozen=True)
class Recipe:
    """How the levels of one environment are made.

    Attributes:
        environment: the environment.
        keywords: those under which levels are certified, if they are not the defaults.
        request: what is asked of levels if nothing else is asked; the levels of the bank meet it.
        proposed: the keywords that choose a level, which are not given because levels are proposed.
        propose: what all levels share, a generator of random numbers -> a level, or None if the
            attempt failed.
        definition: a configuration, levels -> the environment with these levels alone.
        part: what all levels share, a level -> "train" or "test". Mirror images of a level, and
            levels that differ in nothing but the numbers of equal things, are in the same part.
    """

    environment: Environment
    request: Request
    proposed: tuple[str, ...]
    propose: Callable[[Any, np.random.Generator], Level | None]
    definition: Callable[[Configuration, Sequence[Level]], Environment]
    part: Callable[[Any, Level], Part]
    keywords: Mapping[str, Any]
