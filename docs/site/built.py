"""Checks the built site: every link leads somewhere, and nothing is loaded from elsewhere."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""Elements that load a file when the page opens."""


class _Page(HTMLParser):
    """The links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value is not None}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append((tag, found["href"]))
        elif tag in LOADED and LOADED[tag] in found and found.get("rel") != "canonical":
            self.links.append((tag, found[LOADED[tag]]))


def faults_of(folder: Path) -> list[str]:
    """Returns what is wrong with the site in a folder, one line for each fault."""
    pages = {file: _parsed(file) for file in sorted(folder.rglob("*.html"))}
    return [
        f"{file.relative_to(folder)}: {link}: {fault}"
        for file, page in pages.items()
        for tag, link in page.links
        for fault in _faults(folder, pages, file, tag, link)
    ]


def _parsed(file: Path) -> _Page:
    page = _Page()
    page.feed(file.read_text(encoding="utf-8"))
    return page


def _faults(
    folder: Path, pages: dict[Path, _Page], file: Path, tag: str, link: str
) -> Iterator[str]:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        if tag != "a" and parts.scheme != "data":
            yield "the page would load this from the network"
        return
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(folder.resolve()) and parts.path:
        yield "leads out of the site"
    elif not target.exists():
        yield "there is no such file"
    elif parts.fragment and target.suffix == ".html":
        known = next(page for each, page in pages.items() if each.resolve() == target.resolve())
        if unquote(parts.fragment) not in known.anchors:
            yield "there is no such heading"
