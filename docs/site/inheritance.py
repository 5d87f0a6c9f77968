"""Attributes that a public class has from a private base: they are documented with the class."""

import inspect

from docs.site.api_pages import private_bases


def inherited_attributes(value: type) -> list[str]:
    """Returns the sections of attributes of a class's private bases, as lines of a docstring."""
    found: list[str] = []
    for base in private_bases(value):
        lines = (inspect.getdoc(base) if "__doc__" in vars(base) else "") or ""
        _, heading, rest = lines.partition("Attributes:\n")
        if heading:
            section = rest.partition("\n\n")[0]
            found += ["", f"Attributes of `{base.__name__}`:", *section.split("\n")]
    return found
