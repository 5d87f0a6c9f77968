"""The kinds of values that keywords accept, and how a signature declares them.

    size: Annotated[int, Within(2, 32)]
    share: Annotated[float, Within(0, 1)]
    proxy: Literal["camera", "events"]
    layout: Annotated[str, OneOf(LAYOUTS)]  # the choices are the keys of a table
    noops: bool
    beta: Annotated[float, Within(0)] | None
    level: Annotated[int, Within(0, 399)] | Literal["any"]

A checked value is a plain int, float, bool, str or None, so keywords can be stored as JSON. NumPy's
numbers, booleans and strings are accepted too. Nothing else is converted, except that a whole
number is also accepted as a number: 5.0 is not a whole number, 1 is not a boolean, and "5" is not a
number. Numbers must be finite. The module is long because each of its five kinds checks, parses and
describes itself.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

import numpy as np

REFUSED = object()
"""The result of checking a value that a kind does not accept."""


@dataclass(frozen=True)
class Within:
    """The range of a number, for signatures: `Annotated[int, Within(2, 32)]`.

    Attributes:
        least: the smallest value; None for no bound.
        most: the largest value.
        above: an exclusive lower bound.
        below: an exclusive upper bound.
        odd: whether a whole number must be odd.
    """

    least: float | None = None
    most: float | None = None
    above: float | None = None
    below: float | None = None
    odd: bool = False

    def __contains__(self, number: float) -> bool:
        return (
            (self.least is None or number >= self.least)
            and (self.most is None or number <= self.most)
            and (self.above is None or number > self.above)
            and (self.below is None or number < self.below)
            and (not self.odd or number % 2 == 1)
        )

    def __str__(self) -> str:
        """Returns the range in words, with a space before it: " in 2 .. 32", " of at least 0"."""
        if self.least is not None and self.most is not None:
            return f" in {_number(self.least)} .. {_number(self.most)}"
        bounds = {
            "of at least": self.least,
            "of at most": self.most,
            "above": self.above,
            "below": self.below,
        }
        given = {words: bound for words, bound in bounds.items() if bound is not None}
        phrases = [f"{words} {_number(bound)}" for words, bound in given.items()]
        return f" {' and '.join(phrases)}" if phrases else ""

    def schema(self) -> dict[str, float]:
        """Returns the range as JSON schema."""
        bounds = {
            "minimum": self.least,
            "maximum": self.most,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {name: bound for name, bound in bounds.items() if bound is not None}


def _number(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


class OneOf:
    """The choices of a keyword, given as a table: `Annotated[str, OneOf(LAYOUTS)]`."""

    def __init__(self, choices: Iterable[str | int]) -> None:
        self.choices = tuple(choices)


class Kind(Protocol):
    """A kind of values that a keyword accepts."""

    @property
    def words(self) -> str:
        """The accepted values, as in "must be ..."."""

    def plain(self, value: Any) -> Any:
        """Returns a value as a plain Python value, or `REFUSED`."""

    def read(self, word: str) -> Any:
        """Parses a word of a command line; returns its value or `REFUSED`."""

    def schema(self) -> dict[str, Any]:
        """Returns the accepted values as JSON schema."""


@dataclass(frozen=True)
class Whole:
    """A whole number within a range."""

    within: Within = Within()

    @property
    def words(self) -> str:
        """The accepted values in words."""
        return f"{'an odd' if self.within.odd else 'a'} whole number{self.within}"

    def plain(self, value: Any) -> Any:
        """Returns the number; booleans and floats such as 5.0 are refused."""
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            return REFUSED
        return int(value) if int(value) in self.within else REFUSED

    def read(self, word: str) -> Any:
        """Parses a number without checking its range."""
        try:
            return int(word)
        except ValueError:
            return REFUSED

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        if self.within.odd and self.within.least is not None and self.within.most is not None:
            numbers = range(int(self.within.least), int(self.within.most) + 1)
            return {"enum": [number for number in numbers if number in self.within]}
        return {"type": "integer", **self.within.schema()}


@dataclass(frozen=True)
class Real:
    """A finite number within a range."""

    within: Within = Within()

    @property
    def words(self) -> str:
        """The accepted values in words."""
        return f"a number{self.within}"

    def plain(self, value: Any) -> Any:
        """Returns the number as a float."""
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            return REFUSED
        try:
            number = float(value)
        except OverflowError:
            return REFUSED
        return number if math.isfinite(number) and number in self.within else REFUSED

    def read(self, word: str) -> Any:
        """Parses a number without checking its range."""
        try:
            return float(word)
        except ValueError:
            return REFUSED

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"type": "number", **self.within.schema()}


@dataclass(frozen=True)
class Flag:
    """True or False."""

    words = "True or False"

    def plain(self, value: Any) -> Any:
        """Returns the boolean; 1 and "False" are refused."""
        return bool(value) if isinstance(value, (bool, np.bool_)) else REFUSED

    def read(self, word: str) -> Any:
        """Parses "true" or "false"."""
        return {"true": True, "false": False}.get(word.lower(), REFUSED)

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of several words or whole numbers."""

    choices: tuple[str | int, ...]

    @property
    def words(self) -> str:
        """The accepted values in words."""
        listed = ", ".join(map(str, self.choices))
        return listed if len(self.choices) == 1 else f"one of {listed}"

    def plain(self, value: Any) -> Any:
        """Returns the choice as a plain value; NumPy and enumeration strings are converted."""
        plain = str.__str__(value) if isinstance(value, str) else Whole().plain(value)
        same = [each for each in self.choices if type(each) is type(plain) and each == plain]
        return same[0] if same else REFUSED

    def read(self, word: str) -> Any:
        """Returns the choice that a word names."""
        return {str(each): each for each in self.choices}.get(word, REFUSED)

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"enum": list(self.choices)}


@dataclass(frozen=True)
class Nothing:
    """None, for optional values."""

    words = "None"

    def plain(self, value: Any) -> Any:
        """Returns None."""
        return None if value is None else REFUSED

    def read(self, word: str) -> Any:
        """Parses "none"."""
        return None if word.lower() == "none" else REFUSED

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"type": "null"}


def kinds_of(hint: Any) -> list[Kind]:
    """Returns the kinds that an annotation declares; empty if it declares too little."""
    if get_origin(hint) in (Union, UnionType):
        parts = [kinds_of(part) for part in get_args(hint)]
        return [kind for part in parts for kind in part] if all(parts) else []
    if hint is bool:
        return [Flag()]
    if hint is NoneType:
        return [Nothing()]
    if get_origin(hint) is Literal:
        return [Choice(get_args(hint))]
    if get_origin(hint) is not Annotated:
        return []
    kind, *notes = get_args(hint)
    for note in notes:
        if isinstance(note, Within) and kind in (int, float):
            return [Whole(note) if kind is int else Real(note)]
        if isinstance(note, OneOf):
            return [Choice(note.choices)]
    return []
