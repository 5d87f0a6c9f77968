"""Keywords: what an environment's level function takes, and the one check of their values.

A signature declares it all, and everything else reads it from there: the check of a value, the
command line, `--help`, the README's table and the JSON schema.

    def room(
        size: Annotated[int, Within(2, 32)] = 5,
        proxy: Literal["camera", "events"] = "camera",
        layout: Annotated[str, OneOf(LAYOUTS)] = "open",  # where the choices are a table
        noops: bool = False,
        beta: Annotated[float, Within(0)] | None = 1.0,
        level: Annotated[int, Within(0, 399)] | Literal["any"] = "any",
    ) -> Room: ...

A checked value is a plain int, float, bool, str or None, so keywords survive JSON. NumPy's numbers,
flags and strings are taken for what they mean; nothing else is converted, except that a whole
number is also a number: 5.0 is no whole number, 1 is no flag, and "5" is no number. Numbers are
finite. This module is long because each of its five kinds of values says all of this for itself.
"""

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Protocol, Union, get_args, get_origin

import numpy as np

from safety_envs.core.errors import SafetyEnvsError, nearest

REFUSED = object()
"""Stands for the value of what a kind does not take."""


@dataclass(frozen=True)
class Within:
    """The range of a number, for the signature: `Annotated[int, Within(2, 32)]`.

    Attributes:
        least: the lowest value; none if None.
        most: the highest value.
        above: a bound that the value must exceed.
        below: a bound that the value must stay under.
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
            return f" in {_told(self.least)} .. {_told(self.most)}"
        bounds = {
            "of at least": self.least,
            "of at most": self.most,
            "above": self.above,
            "below": self.below,
        }
        told = [f"{words} {_told(bound)}" for words, bound in bounds.items() if bound is not None]
        return f" {' and '.join(told)}" if told else ""

    def schema(self) -> dict[str, float]:
        """Returns the range as JSON schema."""
        bounds = {
            "minimum": self.least,
            "maximum": self.most,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {name: bound for name, bound in bounds.items() if bound is not None}


def _told(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:g}"


class OneOf:
    """The choices of a keyword where they are a table: `Annotated[str, OneOf(LAYOUTS)]`."""

    def __init__(self, choices: Iterable[str | int]) -> None:
        self.choices = tuple(choices)


class Kind(Protocol):
    """One kind of values that a keyword takes."""

    @property
    def words(self) -> str:
        """What it takes, as in "must be ..."."""

    def plain(self, value: Any) -> Any:
        """Returns a value as a plain Python value, or `REFUSED`."""

    def read(self, word: str) -> Any:
        """Returns the value that a word of a command line means, or `REFUSED`."""

    def schema(self) -> dict[str, Any]:
        """Returns what it takes as JSON schema."""


@dataclass(frozen=True)
class Whole:
    """A whole number within a range."""

    within: Within = Within()

    @property
    def words(self) -> str:
        """What it takes."""
        return f"{'an odd' if self.within.odd else 'a'} whole number{self.within}"

    def plain(self, value: Any) -> Any:
        """Returns the number; no flag and no 5.0 is one."""
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            return REFUSED
        return int(value) if int(value) in self.within else REFUSED

    def read(self, word: str) -> Any:
        """Returns the number that a word spells, whatever the range."""
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
        """What it takes."""
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
        """Returns the number that a word spells, whatever the range."""
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
        """Returns the flag; neither 1 nor "False" is one."""
        return bool(value) if isinstance(value, (bool, np.bool_)) else REFUSED

    def read(self, word: str) -> Any:
        """Returns the flag that a word spells."""
        return {"true": True, "false": False}.get(word.lower(), REFUSED)

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of some words or whole numbers."""

    choices: tuple[str | int, ...]

    @property
    def words(self) -> str:
        """What it takes."""
        listed = ", ".join(map(str, self.choices))
        return listed if len(self.choices) == 1 else f"one of {listed}"

    def plain(self, value: Any) -> Any:
        """Returns the choice; of a string that is NumPy's or an enumeration's, its text."""
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
    """None, for what may be left out."""

    words = "None"

    def plain(self, value: Any) -> Any:
        """Returns None."""
        return None if value is None else REFUSED

    def read(self, word: str) -> Any:
        """Returns None for the word."""
        return None if word.lower() == "none" else REFUSED

    def schema(self) -> dict[str, Any]:
        """Returns a JSON schema."""
        return {"type": "null"}


@dataclass(frozen=True)
class Keyword:
    """A keyword of an environment: what it takes, and what it is by default.

    Attributes:
        name: as it is given.
        kinds: what it takes: any of these.
        default: its value where it is not given.
    """

    name: str
    kinds: tuple[Kind, ...]
    default: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "default", self.checked(self.default))

    @property
    def words(self) -> str:
        """What it takes, as in "must be ...": "a whole number in 2 .. 32"."""
        return " or ".join(kind.words for kind in self.kinds)

    @property
    def optional(self) -> bool:
        """Whether it takes None."""
        return any(isinstance(kind, Nothing) for kind in self.kinds)

    @property
    def choices(self) -> tuple[str | int, ...]:
        """The words and numbers to choose from; none where it is a number in a range, or a flag."""
        found = [kind.choices for kind in self.kinds if isinstance(kind, Choice)]
        return tuple(choice for choices in found for choice in choices)

    def checked(self, value: Any) -> Any:
        """Returns a value as a plain int, float, bool, str or None.

        Raises:
            SafetyEnvsError: the keyword does not take it.
        """
        for kind in self.kinds:
            plain = kind.plain(value)
            if plain is not REFUSED:
                return plain
        raise self._refusal(self.name, value)

    def read(self, word: str) -> Any:
        """Returns the value that a word of a command line means.

        Raises:
            SafetyEnvsError: the keyword does not take it.
        """
        for kind in self.kinds:
            value = kind.read(word)
            if value is not REFUSED and kind.plain(value) is not REFUSED:
                return kind.plain(value)
        raise self._refusal(f"--{self.name.replace('_', '-')}", word)

    def schema(self) -> dict[str, Any]:
        """Returns what it takes, and its default, as JSON schema."""
        schemas = [kind.schema() for kind in self.kinds]
        found = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        return {**found, "default": self.default}

    @property
    def short(self) -> str:
        """What it takes in as few words as a table has room for: "2 .. 32"; of a flag nothing."""
        return ", ".join(filter(None, map(_short, self.kinds)))

    def _refusal(self, name: str, value: Any) -> SafetyEnvsError:
        found, hint = in_short(value), ""
        if isinstance(value, str):
            hint = nearest(value, map(str, self.choices))
            found = found if self.choices or name != self.name else f"the text {found}"
        return SafetyEnvsError(
            f"{name} must be {self.words}, got {found}" + f". {hint}" * bool(hint)
        )


def _short(kind: Kind) -> str:
    if isinstance(kind, (Whole, Real)):
        span = str(kind.within).strip().removeprefix("in ").removeprefix("of ")
        return f"odd, {span}" if kind.within.odd else span
    return "" if isinstance(kind, Flag) else kind.words.removeprefix("one of ")


def in_short(value: Any) -> str:
    """Returns a value for an error message, on one line."""
    try:
        told = " ".join(repr(value).split())
    except Exception:  # anything may be given, and a bad repr is not our error
        told = f"a {type(value).__name__}"
    return told if len(told) <= 60 else f"{told[:57]}..."


def whole_number(value: Any, name: str, least: int, most: int) -> int:
    """Returns an argument if it is a whole number within bounds, as a keyword would be checked.

    Raises:
        SafetyEnvsError: it is not; the message names the argument and the bounds.
    """
    kind = Whole(Within(least, most))
    number = kind.plain(value)
    if number is REFUSED:
        raise SafetyEnvsError(f"{name} must be {kind.words}, got {in_short(value)}")
    return int(number)


def keywords_of(function: Callable[..., Any]) -> Mapping[str, Keyword]:
    """Returns the keywords that a function's signature declares, by name.

    Raises:
        SafetyEnvsError: a parameter without a default, or without a declared range or choice.
    """
    parameters = inspect.signature(function, eval_str=True).parameters.values()
    return {parameter.name: _keyword(parameter) for parameter in parameters}


def _keyword(parameter: inspect.Parameter) -> Keyword:
    name, hint = parameter.name, parameter.annotation
    if parameter.default is parameter.empty or parameter.kind is parameter.POSITIONAL_ONLY:
        raise SafetyEnvsError(f"keyword {name!r} needs a default")
    kinds = tuple(_kinds(hint))
    if not kinds:
        found = "" if hint is parameter.empty else f", not {getattr(hint, '__name__', hint)}"
        raise SafetyEnvsError(
            f"keyword {name!r} declares no range and no choices: annotate it like "
            f'Annotated[int, Within(2, 32)], Literal["near", "far"] or bool{found}'
        )
    return Keyword(name, kinds, parameter.default)


def _kinds(hint: Any) -> list[Kind]:
    """Returns the kinds that an annotation stands for; none if it says too little."""
    if get_origin(hint) in (Union, UnionType):
        parts = [_kinds(part) for part in get_args(hint)]
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
