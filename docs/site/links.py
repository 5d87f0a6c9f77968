"""Links of a page that moves: Markdown in the repository becomes Markdown of the site."""

import posixpath
import re
from collections.abc import Callable

LINK = re.compile(r"(?<=\]\()([^)#:\s]+)(#[^)\s]*)?(?=\))")
"""A relative link's file and heading, in `[text](file#heading)` and in pictures."""

PLAIN = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^)#:\s]+)(?:#[^)\s]*)?\)")
"""A link that is no picture: its text and its file."""

FENCE = re.compile(r"^ *(`{3,}|~{3,})")
ROOT_PAGES = {
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "README.md": "index.md",
}


def place_of(path: str) -> str:
    """Returns where a file of the repository is on the site, both from their roots.

    Pages in `docs` keep their place, and `README.md` becomes the index of its folder. Other files
    are in the folder `source`: text as a page, and anything else as it is.
    """
    if path in ROOT_PAGES:
        return ROOT_PAGES[path]
    if path.startswith("docs/"):
        page = path.removeprefix("docs/")
        folder, name = posixpath.split(page)
        if name == "README.md":
            return posixpath.join(folder, "index.md")
        return page.removesuffix(".ipynb") + ".md" if name.endswith(".ipynb") else page
    return f"source/{path}" if path.endswith((".gif", ".png", ".webp")) else f"source/{path}.md"


def moved(text: str, path: str, is_there: Callable[[str], bool]) -> str:
    """Returns a page with its links as they are on the site.

    A link to a file that is not there becomes text, so that parts of the site can be missing.

    Args:
        text: Markdown. Blocks of code stay as they are.
        path: the page's place in the repository.
        is_there: whether a linked file of the repository exists; asked for every link.
    """
    here = posixpath.dirname(place_of(path))

    def target_of(link: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), link))

    def kept(link: re.Match[str]) -> str:
        return link[0] if is_there(target_of(link[2])) else link[1]

    def replaced(link: re.Match[str]) -> str:
        target = target_of(link[1])
        is_there(target)  # pictures have not been asked for yet
        return posixpath.relpath(place_of(target), here or ".") + (link[2] or "")

    return outside_code(text, lambda line: LINK.sub(replaced, PLAIN.sub(kept, line)))


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Returns Markdown with every line changed that is in no block of code."""
    lines, fence = [], ""
    for line in text.split("\n"):
        found = FENCE.match(line)
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence) and not line.strip(" `~"):
            fence = ""
        elif not fence:
            line = change(line)
        lines.append(line)
    return "\n".join(lines)
