"""Small pieces of Markdown for MyST, the dialect that the site's builder reads."""

import re
from collections.abc import Iterable, Sequence

CARDS = re.compile(r"^<!-- cards -->\n+((?:- .*\n(?:  .*\n)*)+)", re.MULTILINE)
"""A list that the site shows as cards: on GitHub it stays a list."""

CARD = re.compile(r"- \*\*\[([^\]]+)\]\(([^)]+)\)\*\*:? ?((?:.|\n(?!- ))*)\n")


def fenced(text: str, language: str = "") -> str:
    """Returns a block of code whose fence is longer than any in the text."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def toctree(pages: Iterable[str], *, caption: str = "", hidden: bool = True, depth: int = 1) -> str:
    """Returns a list of pages for the sidebar.

    Args:
        pages: paths from the site's root, without suffix.
        caption: the title above them.
        hidden: whether only the sidebar shows it.
        depth: how many levels of headings the page itself shows.
    """
    options = [f":maxdepth: {depth}", *([":hidden:"] if hidden else [])]
    options += [f":caption: {caption}"] if caption else []
    return "\n".join(["```{toctree}", *options, "", *(f"/{page}" for page in pages), "```"])


def with_cards(text: str) -> str:
    """Returns a page in which lists marked with `<!-- cards -->` are grids of cards."""
    return CARDS.sub(lambda found: _grid(CARD.findall(found[1])), text)


def _grid(cards: Sequence[tuple[str, str, str]]) -> str:
    lines = ["::::{grid} 1 2 2 3", ":gutter: 3", ""]
    for title, link, what in cards:
        page = link.removesuffix(".md")
        words = " ".join(what.split())
        lines += [f":::{{grid-item-card}} {title}", f":link: {page}", ":link-type: doc", ""]
        lines += [words, ":::", ""]
    return "\n".join([*lines, "::::", ""])
