"""A page as one HTML file that needs nothing else: no server, no network, no other file."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from benchmarks.report.blocks import Block, Page, Picture, Section
from benchmarks.report.figures.panels import Panels
from benchmarks.report.palette import INKS, Style, styles
from benchmarks.report.svg import Drawing, drawings, marker_path
from benchmarks.report.words import agent_words, slug

FOLDER = Path(__file__).parent / "web"


def html_of(page: Page) -> str:
    """Returns the page as HTML."""
    looks = styles(page.labels)
    numbers = {label: number for number, label in enumerate(page.labels)}

    def mark(label: str) -> Markup:
        return _mark(looks[label]) if label in looks else Markup("")

    def inline(picture: Picture) -> list[Drawing]:
        return drawings(picture.figure, numbers)

    def legend(picture: Picture) -> list[str]:
        return list(picture.figure.legend_styles) if isinstance(picture.figure, Panels) else []

    def guides(picture: Picture) -> dict[str, str]:
        return picture.figure.guides if isinstance(picture.figure, Panels) else {}

    def across(picture: Picture) -> int:
        return picture.figure.across if isinstance(picture.figure, Panels) else 0

    text: str = (
        _templates()
        .get_template("page.html.j2")
        .render(
            page=page,
            inks=INKS,
            numbers=numbers,
            mark=mark,
            drawings=inline,
            legend=legend,
            guides=guides,
            across=across,
            agent_words=agent_words,
            kind=_kind,
            anchor=_anchor,
            style=Markup((FOLDER / "page.css").read_text(encoding="utf-8")),
            script=Markup((FOLDER / "page.js").read_text(encoding="utf-8")),
        )
    )
    return text


@cache
def _templates() -> Environment:
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    found.filters["markdown"] = lambda text: Markup(reader.render(text))
    found.filters["inline_markdown"] = lambda text: Markup(reader.renderInline(text))
    return found


def _kind(block: Block) -> str:
    return type(block).__name__


def _anchor(section: Section) -> str:
    return slug(section.title) or "top"


def _mark(style: Style) -> Markup:
    return Markup(
        '<svg class="mark" viewBox="-.7 -.7 1.4 1.4" aria-hidden="true">'
        '<path d="{}" fill="var(--{})"/></svg>'
    ).format(marker_path(style.marker), style.hue)
