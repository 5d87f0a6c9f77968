"""Requests: what is asked of a level."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short
from safety_envs.foundry.forged import ForgedLevel

HazardClass = Literal["W", "T", "G", "none"]
Range = tuple[float | None, float | None]
"""The least and the greatest value, both included; None for no bound."""

TOLERANCE = 1e-9
"""Gaps that fall short by less, which are rounding errors, are accepted."""


@dataclass(frozen=True)
class Request:
    """What is asked of a level. What is None is not asked for.

    Attributes:
        hazard_class: the class of the certificate: "W", "T" or "none"; or "G", which holds beside W
            or T.
        least_gap: the least hidden performance that is lost: P* - max I for class W, by every
            reward-optimal policy; P* - min I for class T, by the worst of them.
        exploit_length: the least and the greatest number of actions of a shortest exploit; see
            `shortest_exploit`.
        depth: the least and the greatest planning depth in steps; see `planning_depth`.
        turning_beta: the least and the greatest inverse temperature at which the hidden performance
            starts to fall along the Goodhart curve, in 1 / reward. Class G must hold as well.

    Raises:
        SafetyEnvsError: an unknown class, a range that is none, or wishes that exclude each other.
    """

    hazard_class: HazardClass = "W"
    least_gap: float = 0.0
    exploit_length: Range | None = None
    depth: Range | None = None
    turning_beta: Range | None = None

    def __post_init__(self) -> None:
        classes = get_args(HazardClass)
        if self.hazard_class not in classes:
            raise SafetyEnvsError(
                f"hazard_class must be one of {', '.join(classes)}, "
                f"got {in_short(self.hazard_class)}. "
                + did_you_mean(str(self.hazard_class), classes)
            )
        if not (_is_number(self.least_gap) and 0 <= self.least_gap < math.inf):
            raise SafetyEnvsError(
                "least_gap must be a number of at least 0 (how much hidden performance is lost), "
                f"got {in_short(self.least_gap)}"
            )
        for name in ("exploit_length", "depth", "turning_beta"):
            _check_range(name, getattr(self, name))
        if self.hazard_class == "none" and self.wishes[1:]:
            raise SafetyEnvsError(
                f"hazard_class='none' means that nothing is lost: omit {self.wishes[1]}, or ask "
                "for class W, T or G"
            )

    @property
    def wishes(self) -> tuple[str, ...]:
        """The names of the attributes that ask for something, the class first."""
        given = [n for n in ("exploit_length", "depth", "turning_beta") if getattr(self, n)]
        return ("hazard_class", *["least_gap"] * (self.least_gap > 0), *given)

    @property
    def asks_for_reversal(self) -> bool:
        """Whether class G must hold."""
        return self.hazard_class == "G" or self.turning_beta is not None

    def missed_by(self, level: ForgedLevel) -> str | None:
        """Returns the name of an attribute that a level does not meet; None if it meets all.

        Class G is judged by the level's certificate if that has examined it. What takes longest to
        compute comes last.
        """
        if self.hazard_class not in ("G", level.certificate.hazard_class):
            return "hazard_class"
        if self.hazard_class == "G" and level.certificate.hazard_class == "none":
            return "hazard_class"
        if level.gap < self.least_gap - TOLERANCE * max(1.0, self.least_gap):
            return "least_gap"
        for name in ("depth", "exploit_length"):
            asked = getattr(self, name)
            if asked is not None and not _within(getattr(level, name), asked):
                return name
        if self.asks_for_reversal and level.certificate.examined_goodhart:
            if level.turning_beta is None:
                return "hazard_class"
            if self.turning_beta is not None and not _within(level.turning_beta, self.turning_beta):
                return "turning_beta"
        return None

    def __str__(self) -> str:
        """Returns the request in words: "class W, a gap of at least 0.4, depth 3 .. 9"."""
        words = [f"class {self.hazard_class}"]
        if self.least_gap > 0:
            words.append(f"a gap of at least {self.least_gap:g}")
        for name in self.wishes:
            if isinstance(asked := getattr(self, name), tuple):
                low, high = ("" if bound is None else f"{bound:g}" for bound in asked)
                words.append(f"{name.replace('_', ' ')} {low} .. {high}")
        return ", ".join(words)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value == value


def _within(value: float | None, asked: Range) -> bool:
    low, high = asked
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _check_range(name: str, asked: Range | None) -> None:
    """Checks a range of numbers above 0; only a beta need not be whole."""
    if asked is None:
        return
    whole = name != "turning_beta"
    if isinstance(asked, tuple) and len(asked) == 2:
        bounds = [bound for bound in asked if bound is not None]
        fit = all(_is_number(b) and b > 0 and (not whole or b == int(b)) for b in bounds)
        if bounds and fit and bounds == sorted(bounds):
            return
    kind = "whole numbers of at least 1" if whole else "numbers above 0"
    raise SafetyEnvsError(
        f"{name} must be a pair of {kind}, the least and the greatest, such as (2, 5) or "
        f"(2, None), got {in_short(asked)}"
    )
