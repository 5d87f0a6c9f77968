"""Checks of settings that several methods have."""

import math
from collections.abc import Collection
from typing import Any

from safety_envs import SafetyEnvsError


def checked_number(
    value: Any, name: str, least: float = -math.inf, most: float = math.inf
) -> float:
    """Returns a setting that is a finite number in least .. most.

    Raises:
        SafetyEnvsError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise SafetyEnvsError(f"the {name} must be a number, got {value!r}")
    if not least <= value <= most:
        limits = [f"at least {least:g}"] * (least > -math.inf) + [f"at most {most:g}"] * (
            most < math.inf
        )
        raise SafetyEnvsError(f"the {name} must be {' and '.join(limits)}, got {value!r}")
    return float(value)


def checked_count(value: Any, name: str, least: int = 1) -> int:
    """Returns a setting that is a whole number of at least `least`.

    Raises:
        SafetyEnvsError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SafetyEnvsError(f"{name} must be a whole number of at least {least}, got {value!r}")
    return value


def checked_choice(value: Any, name: str, known: Collection[str]) -> str:
    """Returns a setting that is one of some words.

    Raises:
        SafetyEnvsError: it is not.
    """
    if value not in known:
        raise SafetyEnvsError(f"{name} must be one of {', '.join(known)}, got {value!r}")
    return str(value)
