"""Fading: declares flags of a world that are cleared by chance, independently of each other."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fading:
    """Flags of the world that fade independently, between the action and the payment.

    A step must run in this order: the effects of the action; `fade(dice, world.<flags>,
    probability)`; `settle`, which pays according to the resulting world. With n flags a step has up
    to 2^n outcomes, too many to list. But the expectation over them is the composition of n maps,
    one for each flag, and the solver computes it that way.

    Attributes:
        flags: the name of the array of flags.
        probability: the probability that a set flag is cleared.
        settle: rule(world, level, outcome): writes the payments, which depend on the world alone.
    """

    flags: str
    probability: float
    settle: Callable[..., Any]
