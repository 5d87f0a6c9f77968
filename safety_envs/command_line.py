"""An environment and its keywords as arguments of a command line, and in its --help."""

import argparse
import importlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import Keyword, unknown_keyword
from safety_envs.envs import find

PLACE = "an id such as SafetyProxy-v0, or PACKAGE.MODULE:NAME"
"""The forms of an environment on a command line."""


def definition_at(place: str) -> Environment:
    """Returns a definition.

    Args:
        place: an id, or PACKAGE.MODULE:NAME, the name of the definition in its module.

    Raises:
        SafetyEnvsError: no such definition; the message lists the existing ones.
    """
    module_name, colon, name = place.partition(":")
    if not colon:
        return find(place)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # a module may raise anything
        raise SafetyEnvsError(
            f"{module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    found = {key: value for key, value in vars(module).items() if isinstance(value, Environment)}
    if name not in found:
        raise SafetyEnvsError(
            f"{module_name} has no environment {name!r}. {did_you_mean(name, found)}"
        )
    return found[name]


def parse_keywords(environment: Environment, words: Sequence[str]) -> dict[str, Any]:
    """Parses keywords from words such as ["--proxy", "camera", "--size=7"].

    Raises:
        SafetyEnvsError: an unknown keyword, a missing value, or an invalid value.
    """
    given = dict(_pairs(words))
    selected, played = environment.select(given, Keyword.read)
    table = played.keyword_table
    for name in given:
        if name not in table and name not in selected:
            known = [_option(keyword) for keyword in {**selected, **table}]
            raise unknown_keyword(environment.id, _option(name), selected, known)
    return selected | {name: table[name].read(given[name]) for name in given if name in table}


def describe(environment: Environment) -> str:
    """Returns a description of the environment's keywords: accepted values and defaults."""
    lines = [f"keywords of {environment.id}:", *_lines(environment.keyword_table)]
    for selector, values, table in variant_keywords(environment):
        listed = ", ".join(map(value_in_words, values))
        lines += [f"with {_option(selector)} {listed}:", *_lines(table)]
    return "\n".join(lines)


def variant_keywords(
    environment: Environment,
) -> Iterator[tuple[str, list[Any], Mapping[str, Keyword]]]:
    """Yields the keywords of an environment's variants.

    Yields:
        The keyword that selects the variants, its values that share a table, and the table. `float`
        stands for all numbers; `value_in_words` says so.
    """
    for selector, variants in environment.variants.items():
        tables: list[Mapping[str, Keyword]] = []
        values: list[list[Any]] = []  # the values that share each table
        for value, other in variants.items():
            own = {k: v for k, v in other.keyword_table.items() if k != selector}
            if own not in tables:
                tables.append(own)
                values.append([])
            values[tables.index(own)].append(value)
        for table, shared in zip(tables, values, strict=True):
            yield selector, shared, table


def value_in_words(value: Any) -> str:
    """Returns a value that selects a variant as help and pages show it."""
    return "NUMBER" if value is float else str(value)


def add_environment_argument(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Adds the argument `environment`, and a --help that shows its keywords.

    `definition_at` returns its definition.

    Args:
        parser: a parser made with `add_help=False`, because this function adds the help.
        optional: whether the environment may be missing; it is then None.
    """
    parser.add_argument("environment", help=PLACE, nargs="?" if optional else None)
    parser.add_argument(
        "-h",
        "--help",
        action=_Help,
        nargs=0,
        help="show this help, and the keywords of the environment if one is given",
    )


class _Help(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        parser.print_help()
        place = getattr(namespace, "environment", None) or ""
        try:
            print(f"\n{describe(definition_at(place))}")
        except SafetyEnvsError:  # none, or an unknown one
            print("\nGive an environment to see its keywords.")
        parser.exit()


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields names and values; a value follows "=" or is the next word."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("--"):
            raise SafetyEnvsError(f"expected an option such as --max-steps, got {word!r}")
        name, given, value = word.removeprefix("--").partition("=")
        if not given:
            if not rest or rest[0].startswith("--"):
                raise SafetyEnvsError(f"{word} needs a value")
            value = rest.pop(0)
        yield name.replace("-", "_"), value


def _lines(table: Mapping[str, Keyword]) -> list[str]:
    width = max((len(_option(name)) for name in table), default=0)
    return [
        f"  {_option(name):{width}}  {keyword.words} (default {keyword.default})"
        for name, keyword in table.items()
    ]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
