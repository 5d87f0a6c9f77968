"""Google-style docstrings in plain Markdown, as reStructuredText for Sphinx.

Napoleon would read words before a colon as types, and stars and underscores of formulas as markup.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Yields|Source)\b([^:]*):\s*(.*)$")
ITEM = re.compile(r"^(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*): (.*)$")
NAMES = {"Args": "Arguments"}
LISTS = ("Args", "Attributes", "Raises")
_KEPT = re.compile(r"(``.+?``|`[^`]+`|\*\*[^*\s][^*]*\*\*)")


def restructured(lines: Sequence[str]) -> list[str]:
    """Returns a docstring's lines as reStructuredText.

    Sections become lists, an indented block after a blank line becomes a literal block, and
    everything outside of code is escaped.
    """
    found: list[tuple[bool, str]] = []
    for head, body in _sections(lines):
        if head is None:
            found += _text(body)
        else:
            title = [(False, each) for each in ("", f".. rubric:: {head}", "")]
            found += [*title, *_section(head, body), (False, "")]
    escaped: list[str] = []
    for is_code, group in groupby(found, key=lambda pair: pair[0]):
        text = "\n".join(line for _, line in group)  # code may go on in the next line
        escaped += (text if is_code else _escaped(text)).split("\n")
    return escaped


def _sections(lines: Sequence[str]) -> Iterator[tuple[str | None, list[str]]]:
    """Yields the title, or None, and the lines of every part, without their indentation."""
    body: list[str] = []
    title: str | None = None
    for line in lines:
        found = SECTION.match(line)
        inside = title is not None and (not line.strip() or line.startswith("    "))
        if found or (title is not None and not inside):
            yield title, body
            body, title = [], None
        if found:
            title = NAMES.get(found[1], found[1]) + found[2]
            body = [found[3]] if found[3] else []
        else:
            body.append(line.removeprefix("    ") if title is not None else line)
    yield title, body


def _section(title: str, body: list[str]) -> Iterator[tuple[bool, str]]:
    if not title.startswith(tuple(NAMES.get(each, each) for each in LISTS)):
        yield from _text(body)
        return
    for line in body:
        item = ITEM.match(line)
        if item:
            names = ", ".join(f"``{name}``" for name in item[1].split(", "))
            yield False, f"- {names}: {item[2]}"
        elif line.startswith(" "):
            yield False, f"  {line.strip()}"
        elif line.strip():
            yield False, f"- {line}"


def _text(lines: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yields lines of paragraphs, lists and blocks of code: whether it is code, and the line."""
    before, literal, listed = "", False, False
    for line in lines:
        indented, blank = line.startswith("    "), not line.strip()
        if literal and not blank and not indented:
            literal = False
            yield False, ""
        if indented and not literal and not before.strip() and not listed:
            literal = True
            yield from ((False, "::"), (False, ""))
        item = line.startswith("- ")
        if item and before.strip() and not listed:
            yield False, ""
        listed = item or (listed and (line.startswith("  ") or blank))
        yield literal, line
        before = line


def _escaped(text: str) -> str:
    """Returns text in which only code and bold words are markup."""
    parts = _KEPT.split(text)
    return "".join(_code(part) if number % 2 else _plain(part) for number, part in enumerate(parts))


def _code(part: str) -> str:
    return f"``{part.strip('`')}``" if part.startswith("`") else part


def _plain(part: str) -> str:
    return re.sub(r"([\\*`|]|_(?!\w))", r"\\\1", part)
