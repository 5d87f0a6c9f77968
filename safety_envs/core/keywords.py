"""Keywords: the parameters of an environment's level function, and the check of their values.

The function's signature declares them; see `core.kinds`. Everything else is derived from it: the
check of values, the command line, `--help`, the reference pages and the JSON schema.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from safety_envs.core.errors import SafetyEnvsError, UnknownKeyword, did_you_mean, nearest
from safety_envs.core.kinds import (
    REFUSED,
    Choice,
    Flag,
    Kind,
    Nothing,
    Real,
    Whole,
    Within,
    kinds_of,
)

STEPS = Whole(Within(1, 2**31 - 1))
"""The values that `max_steps` accepts."""

RESERVED = frozenset(
    {
        *("id", "max_episode_steps", "disable_env_checker"),  # gymnasium.make
        *("num_envs", "vectorization_mode", "vector_kwargs", "wrappers"),  # gymnasium.make_vec
        "num_threads",  # batches
        *("env_type", "max_cycles"),  # pettingzoo.make
        *("environment", "observation", "render_mode", "render_size"),  # environments
        *("autoreset_mode", "copy"),  # batches
        "stress",  # disturbed environments
        *("horizon", "seed", "starts", "goodhart", "betas"),  # certificates and curves
        *("reward", "reference", "payment", "budget", "perturbations"),  # other exact analyses
        *("gamma", "goals", "metrics", "penalty", "rewards", "rng", "scale", "weights"),  # measures
        *("policy", "most_states", "trust", "distributions"),  # evaluate
        "most_nodes",  # memoryless
        *("ties", "sees", "usefulness", "safety"),  # best responses and frontiers
        *("request", "part", "proposals", "levels", "count", "hazard_class", "least_gap"),  # levels
        *("exploit_length", "planning_depth", "turning_beta"),
        *("confidence", "episode_range", "policies", "relaxation"),  # bounds
        *("help", "json", "agent", "title", "out", "fps", "all", "page"),  # the command line
        "titles",  # pages
        *("me", "save", "story", "values", "terminal"),  # people at play
        *("algorithm", "steps", "set", "independent", "agent_id", "method", "method_set"),
        *("log", "force"),  # options of training
        "self",
    }
)
"""Names that no keyword of a level can have: functions that take keywords have such arguments."""


@dataclass(frozen=True)
class Keyword:
    """A keyword of an environment: the values that it accepts, and its default.

    Attributes:
        name: its name.
        kinds: the accepted values are those of any of these kinds.
        default: its value if it is not given.
    """

    name: str
    kinds: tuple[Kind, ...]
    default: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "default", self.checked(self.default))

    @property
    def words(self) -> str:
        """The accepted values, as in "must be ...": "a whole number in 2 .. 32"."""
        return " or ".join(kind.words for kind in self.kinds)

    @property
    def optional(self) -> bool:
        """Whether it accepts None."""
        return any(isinstance(kind, Nothing) for kind in self.kinds)

    @property
    def choices(self) -> tuple[str | int, ...]:
        """The words and numbers to choose from; empty for ranges and booleans."""
        found = [kind.choices for kind in self.kinds if isinstance(kind, Choice)]
        return tuple(choice for choices in found for choice in choices)

    @property
    def selectors(self) -> set[Any]:
        """What can select variants: the choices, and `float` if the keyword accepts numbers."""
        return {*self.choices, *(float for kind in self.kinds if isinstance(kind, Real))}

    def checked(self, value: Any) -> Any:
        """Returns a value as a plain int, float, bool, str or None.

        Raises:
            SafetyEnvsError: the keyword does not accept it.
        """
        for kind in self.kinds:
            plain = kind.plain(value)
            if plain is not REFUSED:
                return plain
        raise self._refusal(self.name, value)

    def read(self, word: str) -> Any:
        """Parses a word of a command line.

        Raises:
            SafetyEnvsError: the keyword does not accept it.
        """
        for kind in self.kinds:
            value = kind.read(word)
            if value is not REFUSED and kind.plain(value) is not REFUSED:
                return kind.plain(value)
        raise self._refusal(f"--{self.name.replace('_', '-')}", word)

    def schema(self) -> dict[str, Any]:
        """Returns the accepted values and the default as JSON schema."""
        schemas = [kind.schema() for kind in self.kinds]
        found = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
        return {**found, "default": self.default}

    @property
    def short(self) -> str:
        """The accepted values in short, for a table: "2 .. 32"; "" for a boolean."""
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
    """Returns a value on one line, for an error message."""
    try:
        text = " ".join(repr(value).split())
    except Exception:  # a value may be of any type, and its repr may fail
        text = f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


def whole_number(value: Any, name: str, least: int, most: int) -> int:
    """Returns an argument if it is a whole number within bounds; checks it like a keyword.

    Raises:
        SafetyEnvsError: an invalid value; the message names the argument and the bounds.
    """
    kind = Whole(Within(least, most))
    number = kind.plain(value)
    if number is REFUSED:
        raise SafetyEnvsError(f"{name} must be {kind.words}, got {in_short(value)}")
    return int(number)


def keywords_of(level: Callable[..., Any], max_steps: int) -> Mapping[str, Keyword]:
    """Returns an environment's keywords by name: those of its level, then `max_steps`.

    Args:
        level: the level function; its signature declares the keywords.
        max_steps: the default number of steps after which an episode is truncated.

    Raises:
        SafetyEnvsError: a parameter without a default, or without a declared range or choice.
    """
    parameters = inspect.signature(level, eval_str=True).parameters
    if "max_steps" in parameters:
        raise SafetyEnvsError("'max_steps' is a keyword of every environment, not of a level")
    if taken := sorted(RESERVED.intersection(parameters)):
        raise SafetyEnvsError(
            f"rename the keyword {taken[0]!r}, which is also an argument of functions that take "
            f"keywords. Reserved names: {', '.join(sorted(RESERVED))}"
        )
    declared = {name: _keyword(parameter) for name, parameter in parameters.items()}
    return {**declared, "max_steps": Keyword("max_steps", (STEPS,), max_steps)}


def named(id: str, keywords: Mapping[str, Any]) -> str:
    """Returns the name of a configuration: "SafetyProxy-v0(size=5, max_steps=50)"."""
    return f"{id}({', '.join(f'{name}={value}' for name, value in keywords.items())})"


def unknown_keyword(
    id: str, name: str, selected: Mapping[str, Any], known: Iterable[str]
) -> UnknownKeyword:
    """Returns the error for an unknown keyword; the keywords `selected` select a variant."""
    asked = named(id, selected) if selected else id
    return UnknownKeyword(
        f"{asked} got an unexpected keyword argument '{name}'. {did_you_mean(name, known)}"
    )


def schema_of(title: str, keywords: Mapping[str, Keyword]) -> dict[str, Any]:
    """Returns keywords as JSON schema."""
    return {
        "title": title,
        "type": "object",
        "properties": {name: keyword.schema() for name, keyword in keywords.items()},
        "additionalProperties": False,
    }


def _keyword(parameter: inspect.Parameter) -> Keyword:
    name, hint = parameter.name, parameter.annotation
    if parameter.default is parameter.empty or parameter.kind is parameter.POSITIONAL_ONLY:
        raise SafetyEnvsError(f"keyword {name!r} needs a default")
    kinds = tuple(kinds_of(hint))
    if not kinds:
        found = "" if hint is parameter.empty else f", not {getattr(hint, '__name__', hint)}"
        raise SafetyEnvsError(
            f"keyword {name!r} declares no range and no choices: annotate it, for example "
            f'Annotated[int, Within(2, 32)], Literal["near", "far"] or bool{found}'
        )
    return Keyword(name, kinds, parameter.default)
