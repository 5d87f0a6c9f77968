"""Fading: flags of a world that chance clears independently, as a definition declares them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fading:
    """Flags of the world that fade independently, between what is done and what is paid.

    A step must run in this order: what the action does; `fade(dice, world.<flags>, probability)`;
    `settle`, which pays by the world as it is then. With n flags one step has up to 2^n outcomes,
    too many to list; but their expectation is n maps in turn, one for each flag, and that is how
    the solver takes them.

    Attributes:
        flags: the name of the array of flags.
        probability: with which a set flag is cleared.
        settle: rule(world, level, outcome): writes what is paid, by the world alone.
    """

    flags: str
    probability: float
    settle: Callable[..., Any]
