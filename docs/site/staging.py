"""Copies the repository's pages to where Sphinx reads them, and adds what only the site has."""

from collections.abc import Mapping
from pathlib import Path

import safety_envs
from docs.site import api_pages, environment_pages
from docs.site.api import GROUPS
from docs.site.contents import SECTIONS, pages_of
from docs.site.links import ROOT_PAGES, moved, place_of
from docs.site.markup import fenced, toctree, with_cards
from docs.site.notebooks import notebook_page
from docs.site.players import Made

ROOT = Path(__file__).parents[2]

Pages = dict[str, str | bytes]
"""Files of the site: path from its root -> content."""

LEFT_OUT = {"site", "conf.py", "__init__.py", "__pycache__"}
"""Names in `docs` that are not pages."""

LANGUAGES = {".py": "python", ".toml": "toml", ".js": "javascript", ".svg": "xml", ".md": "md"}


def staged(root: Path = ROOT, players: Mapping[str, tuple[Made, Made]] | None = None) -> Pages:
    """Returns all files that Sphinx reads.

    Args:
        root: the repository.
        players: id -> its pages to play and to watch; without them the site has none.
    """
    pages, linked = _copied(root)
    for path, content in _with_sources(root, linked).items():
        pages.setdefault(path, content)
    for group in GROUPS:
        pages[f"api/{group.page}.md"] = api_pages.page_of_group(group)
    pages["api/index.md"] = api_pages.with_groups(str(pages["api/index.md"]))
    for name, environment in safety_envs.environments().items():
        page = f"reference/{name}.md"
        text = environment_pages.with_clip(str(pages[page]), name, root / "docs" / "clips")
        if players:
            text = environment_pages.with_players(text, environment, *players[name])
        pages[page] = text
    return _with_toctrees(pages)


def write(pages: Pages, folder: Path) -> None:
    """Writes files to a folder; what has not changed is not touched, what is gone is removed."""
    wanted = {folder / path: content for path, content in pages.items()}
    for old in [each for each in folder.rglob("*") if each.is_file() and each not in wanted]:
        old.unlink()
    for path, content in wanted.items():
        data = content.encode() if isinstance(content, str) else content
        if not path.exists() or path.read_bytes() != data:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _copied(root: Path) -> tuple[Pages, set[str]]:
    """Returns the repository's pages as the site has them, and all files that they link."""
    pages: Pages = {}
    linked: set[str] = set()

    def is_there(path: str) -> bool:
        linked.add(path)
        return (root / path).exists()

    files = [root / name for name in ROOT_PAGES if name != "README.md"]
    files += [each for each in (root / "docs").rglob("*") if _is_page(each.relative_to(root))]
    for file in sorted(each for each in files if each.is_file()):
        path = file.relative_to(root).as_posix()
        place = place_of(path)
        if file.suffix == ".ipynb":
            text, pictures = notebook_page(file.read_text(encoding="utf-8"), file.stem)
            pages |= {f"{Path(place).parent.as_posix()}/{k}": v for k, v in pictures.items()}
        elif file.suffix == ".md":
            text = file.read_text(encoding="utf-8")
        else:
            pages[place] = file.read_bytes()
            continue
        pages[place] = with_cards(moved(text, path, is_there))
    return pages, linked


def _is_page(path: Path) -> bool:
    """Returns whether a path in `docs` belongs to the site."""
    return not LEFT_OUT & set(path.parts[1:2]) and not any(
        part.startswith(("_", ".")) for part in path.parts
    )


def _with_sources(root: Path, linked: set[str]) -> Pages:
    """Returns the linked files outside of `docs`: text as pages of code, pictures as they are."""
    found: Pages = {}
    for path in sorted(linked):
        file, place = root / path, place_of(path)
        if path.startswith("docs/") or path in ROOT_PAGES or not file.is_file():
            continue
        if place.endswith(".md"):
            code = fenced(file.read_text(encoding="utf-8"), LANGUAGES.get(file.suffix, ""))
            found[place] = f"---\norphan: true\nnosearch: true\n---\n\n# `{path}`\n\n{code}\n"
        else:
            found[place] = file.read_bytes()
    return found


def _with_toctrees(pages: Pages) -> Pages:
    """Returns the pages with the sidebar's lists of pages at their ends."""
    there = [path.removesuffix(".md") for path in pages if path.endswith(".md")]
    trees: dict[str, list[str]] = {"index": []}
    for section in SECTIONS:
        found = pages_of(section, there)
        if found:
            trees["index"].append(toctree([page for page, _ in found], caption=section.title))
        for page, below in found:
            if below and "{toctree}" not in str(pages[f"{page}.md"]):
                trees[page] = [toctree(below)]
    for page, lists in trees.items():
        if f"{page}.md" in pages:
            pages[f"{page}.md"] = "\n\n".join([str(pages[f"{page}.md"]), *lists]) + "\n"
    return pages
