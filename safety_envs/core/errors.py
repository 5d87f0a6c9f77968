"""Errors. Their messages say what was found and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches


class SafetyEnvsError(ValueError):
    """An argument cannot be used; the message says what to do."""


class ResetNeeded(SafetyEnvsError):  # noqa: N818  # the name of Gymnasium's own error
    """`step` was called while no episode is running."""


class UnknownKeyword(SafetyEnvsError, TypeError):  # noqa: N818  # named like `ResetNeeded`
    """An environment has no such keyword.

    It is also a `TypeError` with Python's wording. Some frameworks try a keyword (TorchRL tries
    `frameskip`) and continue without it if they recognise this message.
    """


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns a sentence that suggests the nearest known names; "" if none is near."""
    near = get_close_matches(name, sorted(known), n=2, cutoff=0.5)
    return f"Did you mean {' or '.join(repr(match) for match in near)}?" if near else ""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns a sentence that suggests the nearest known names, or lists all known names."""
    known = sorted(known)
    return nearest(name, known) or f"Known: {', '.join(known) or 'none'}."
