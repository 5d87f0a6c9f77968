"""A page as Markdown, with its figures as files beside it."""

import re
from collections.abc import Iterator
from typing import assert_never

from benchmarks.report.blocks import (
    Block,
    Bullets,
    Code,
    Facts,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
)


def markdown_of(page: Page) -> str:
    """Returns the page as Markdown."""
    lines = [f"# {page.title}", ""]
    for section in page.sections:
        lines += _section(section, 2)
    return "\n".join(lines).rstrip() + "\n"


def _section(section: Section, level: int) -> Iterator[str]:
    if section.title:
        yield f"{'#' * level} {section.title}"
        yield ""
    for block in section.blocks:
        yield from _block(block)
        yield ""
    for part in section.parts:
        yield from _section(part, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield block.text.strip()
        case Bullets():
            if block.title:
                yield f"{block.title}:"
                yield ""
            yield from (f"- {item}" for item in block.items)
        case Facts():
            pairs = (f"{_escaped(name)}: {_escaped(value)}" for name, value in block.pairs)
            yield f"{'; '.join(pairs)}."
        case Code():
            yield "```text"
            yield block.text
            yield "```"
        case Picture():
            yield f"[![{block.title}]({block.name}.png)]({block.name}.svg)"
            yield ""
            yield f"*{block.title}.* {block.caption}"
        case Table():
            yield from _table(block)
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    yield f"**{_escaped(table.caption)}**"
    yield ""
    yield f"| {' | '.join(_escaped(str(column)) for column in table.columns)} |"
    yield f"|{'|'.join('--:' if column.numeric else '---' for column in table.columns)}|"
    for line in table.lines:
        yield f"| {' | '.join(_escaped(str(cell)) for cell in line.cells)} |"
    for note in table.notes:
        yield ""
        yield note


def _escaped(text: str) -> str:
    """Returns plain text that Markdown leaves as it is; underscores within words are safe."""
    return re.sub(r"([\\|*`<])", r"\\\1", text.replace("\n", " "))
