"""An environment's keywords from a command line: --proxy camera --size 7."""

from collections.abc import Sequence
from typing import Any

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean


def keywords_from(environment: Environment, words: Sequence[str]) -> dict[str, Any]:
    """Returns keywords from words such as ["--proxy", "camera", "--size=7"].

    Values are read as the type of the keyword's default.

    Raises:
        SafetyEnvsError: an unknown keyword, a missing value, or one of another type.
    """
    known = environment.keywords
    found: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, given, value = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if not word.startswith("--") or name not in known:
            raise SafetyEnvsError(
                f"{environment.id} has no keyword {word!r}. "
                f"{did_you_mean(word, [f'--{each}' for each in known])}"
            )
        if not given:
            if not rest:
                raise SafetyEnvsError(f"{word} needs a value")
            value = rest.pop(0)
        found[name] = _read(name, value, known[name])
    return found


def _read(name: str, value: str, default: Any) -> Any:
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise SafetyEnvsError(f"--{name} must be true or false, got {value!r}")
        return value.lower() == "true"
    if isinstance(default, (int, float)):
        try:
            return type(default)(value)
        except ValueError:
            kind = "whole number" if isinstance(default, int) else "number"
            raise SafetyEnvsError(f"--{name} must be a {kind}, got {value!r}") from None
    return value
