"""Google-style docstrings in plain Markdown, as reStructuredText for Sphinx.

Napoleon would read words before a colon as types, and stars and underscores of formulas as markup.
"""

import re
from collections.abc import Iterator, Sequence

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
    found: list[str] = []
    for head, body in _sections(lines):
        if head is None:
            found += _text(body)
        else:
            found += ["", f".. rubric:: {_escaped(head)}", "", *_section(head, body), ""]
    return found


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


def _section(title: str, body: list[str]) -> Iterator[str]:
    if not title.startswith(tuple(NAMES.get(each, each) for each in LISTS)):
        yield from _text(body)
        return
    for line in body:
        item = ITEM.match(line)
        if item:
            names = ", ".join(f"``{name}``" for name in item[1].split(", "))
            yield f"- {names}: {_escaped(item[2])}"
        elif line.startswith(" "):
            yield f"  {_escaped(line.strip())}"
        elif line.strip():
            yield f"- {_escaped(line)}"


def _text(lines: Sequence[str]) -> Iterator[str]:
    """Yields paragraphs, lists and literal blocks."""
    before, literal, listed = "", False, False
    for line in lines:
        indented, blank = line.startswith("    "), not line.strip()
        if literal and not blank and not indented:
            literal = False
            yield ""
        if indented and not literal and not before.strip() and not listed:
            literal = True
            yield from ("::", "")
        item = line.startswith("- ")
        if item and before.strip() and not listed:
            yield ""
        listed = item or (listed and (line.startswith("  ") or blank))
        yield line if literal or blank else _kept_indent(line)
        before = line


def _kept_indent(line: str) -> str:
    words = line.lstrip()
    marker = "- " if words.startswith("- ") else ""
    return line[: len(line) - len(words)] + marker + _escaped(words.removeprefix("- "))


def _escaped(text: str) -> str:
    """Returns text in which only code and bold words are markup."""
    parts = _KEPT.split(text)
    return "".join(_code(part) if number % 2 else _plain(part) for number, part in enumerate(parts))


def _code(part: str) -> str:
    return f"``{part.strip('`')}``" if part.startswith("`") else part


def _plain(part: str) -> str:
    return re.sub(r"([\\*`|]|_(?!\w))", r"\\\1", part)
