"""Attributes that a public class has from a private base: they are documented with the class."""

import inspect
from collections.abc import Sequence

from docs.site.api_pages import private_bases

HEADING = "Attributes"


def with_inherited(value: type, lines: Sequence[str]) -> list[str]:
    """Returns a class's docstring with the attributes of its private bases before its own."""
    inherited = [line for base in private_bases(value) for line in _attributes(base)]
    if not inherited:
        return list(lines)
    found: list[str] = []
    for line in lines:
        is_heading = line.startswith(HEADING) and line.endswith(":")
        found += [f"{HEADING}:", *inherited] if is_heading else [line]
    has_heading = len(found) > len(lines)
    return found if has_heading else [*found, "", f"{HEADING}:", *inherited]


def _attributes(base: type) -> list[str]:
    """Returns the lines of a base's own section of attributes, without its heading."""
    text = inspect.cleandoc(vars(base).get("__doc__") or "")
    _, _, rest = text.partition(f"{HEADING}:\n")
    return rest.partition("\n\n")[0].split("\n") if rest else []
