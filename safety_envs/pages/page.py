"""A page: one HTML file that needs no server, no network and no other file."""

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.core.keywords import in_short
from safety_envs.pages.pictures import Symbols

HEIGHT = 720
"""The height of a page in a notebook, in pixels."""


@dataclass(frozen=True)
class Page:
    """A self-contained HTML page, which notebooks show in place.

    Attributes:
        html: the text of the file.
    """

    html: str

    def save(self, path: str | Path) -> Path:
        """Writes the file, completely or not at all, and returns its path.

        Args:
            path: a file that ends with .html; an existing file is replaced.

        Raises:
            SafetyEnvsError: another ending, or a path that cannot be written.
        """
        path = checked_page(path)
        try:
            write_atomically(path, self.html)
        except OSError as error:
            raise SafetyEnvsError(f"cannot write {str(path)!r}: {error}") from error
        return path

    @property
    def nbytes(self) -> int:
        """The size of the file in bytes."""
        return len(self.html.encode())

    def __repr__(self) -> str:
        return f"Page({self.nbytes:,} bytes; save it: page.save('page.html'))"

    def _repr_html_(self) -> str:
        return (
            f'<iframe srcdoc="{html.escape(self.html)}" sandbox="allow-scripts" '
            f'title="Safety Envs" style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
        )


def checked_page(path: Any) -> Path:
    """Returns the path of a page.

    Raises:
        SafetyEnvsError: it does not end with .html, or is a folder.
    """
    if not isinstance(path, (str, Path)):
        raise SafetyEnvsError(f"a page's path must be text or a Path, got {in_short(path)}")
    if Path(path).suffix.lower() not in (".html", ".htm"):
        raise SafetyEnvsError(f"a page must be a .html file, got {str(path)!r}")
    if Path(path).is_dir():
        raise SafetyEnvsError(f"cannot write a page to {str(path)!r}: it is a folder")
    return Path(path)


def page_of(
    title: str, frame: str, scripts: Sequence[str], data: dict[str, Any], symbols: Symbols
) -> Page:
    """Returns a page.

    Args:
        title: of the browser's tab.
        frame: the name of the file with the page's elements.
        scripts: the names of its scripts, in the order in which they run.
        data: what the scripts show, for JSON; numbers that are not finite must be packed.
        symbols: that draw the pictures.
    """
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    parts = {
        "title": html.escape(title),
        "style": web_file("style.css"),
        "body": web_file(frame),
        "symbols": symbols.svg(),
        "data": text.replace("<", "\\u003c"),  # no text of the data may end the element
        "scripts": "\n".join(map(web_file, scripts)),
    }
    return Page(Template(web_file("page.html")).substitute(parts))


@cache
def web_file(name: str) -> str:
    """Returns the text of a file in `web`."""
    return files("safety_envs.pages").joinpath("web", name).read_text(encoding="utf-8")
