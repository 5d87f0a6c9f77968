"""What a page is made of, as values: the Markdown, HTML and LaTeX writers write the same ones.

Texts are Markdown unless an attribute says otherwise.
"""

from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.figure import Figure


class Cell(NamedTuple):
    """A cell of a table, plain text.

    Attributes:
        text: what it says.
        interval: its interval, "[0.10, 0.20]"; empty if none.
        note: what must be known of it: "3 of 10 runs".
        verdict: "agrees", "disagrees" or "not settled" where the cell is a verdict.
    """

    text: str
    interval: str = ""
    note: str = ""
    verdict: str = ""

    def __str__(self) -> str:
        parts = (self.text, self.interval, f"({self.note})" if self.note else "")
        return " ".join(part for part in parts if part)


class Column(NamedTuple):
    """The head of a column, plain text.

    Attributes:
        name: its heading.
        unit: of its numbers; empty if none.
        numeric: whether its cells are numbers.
    """

    name: str
    unit: str = ""
    numeric: bool = True

    def __str__(self) -> str:
        return f"{self.name} [{self.unit}]" if self.unit else self.name


@dataclass(frozen=True)
class Line:
    """A row of a table.

    Attributes:
        cells: one for each column; the first is the heading of the row.
        control: whether it is a control, which pages set apart.
        agent: the label whose colour and marker stand beside the first cell; none if empty.
    """

    cells: tuple[Cell, ...]
    control: bool = False
    agent: str = ""


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: lower-case letters and underscores, for exports; not shown.
        caption: what it shows, plain text.
        columns: their heads.
        lines: its rows.
        notes: below it.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Paragraph:
    """Markdown: a paragraph, or several."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list.

    Attributes:
        items: one line each.
        title: plain text above them; in HTML the list is then folded.
    """

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True)
class Facts:
    """Short names with what they are: R*, P* and such; plain text."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Code:
    """Lines of code or output, as they are."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure.

    Attributes:
        name: of its files, without an ending.
        title: what it shows, in a few words; plain text.
        caption: how to read it.
        figure: drawn.
    """

    name: str
    title: str
    caption: str
    figure: Figure


Block = Table | Paragraph | Bullets | Facts | Code | Picture


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        title: plain text; empty for what stands at the top.
        blocks: its content.
        parts: sections within it.
    """

    title: str
    blocks: tuple[Block, ...]
    parts: tuple["Section", ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.blocks and not self.parts


@dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes:
        title: plain text.
        sections: in their order.
        labels: of all agents, for their colours.
    """

    title: str
    sections: tuple[Section, ...]
    labels: tuple[str, ...] = ()
