"""Blocks of code in Markdown pages: they are run, and what they print is compared with the page.

    python -m tests.helpers.examples docs/tutorials/PAGE.md    writes what they print into the page

A block is what follows here, and a block of text after it shows what it prints:

- Python. If its first line is a comment that is a file's name, it is written to that file instead.
- TOML with such a first line is a file too.
- Commands (sh) of `python -m safety_envs`, `agents` and `benchmarks`, run in this process. For
  `pip install -e .` the metadata of the package is written, as an installer does.

Blocks run in the current folder, which must be on the path. A page that installs plugins needs a
process of its own, because tables of plugins are filled once.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(python|toml|sh)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
FILE = re.compile(r"# (\S+\.(?:py|toml))\n")


class Block(NamedTuple):
    """A block of code, and what the page says that it prints; empty if the page says nothing."""

    language: str
    code: str
    shown: str


def blocks_of(page: str) -> list[Block]:
    """Returns the blocks of a page."""
    found = [Block(*(each or "" for each in match.groups())) for match in BLOCK.finditer(page)]
    fences = len(re.findall(r"^```", page, re.M))
    assert fences == sum(4 if each.shown else 2 for each in found), "a block of another kind"
    return found


def printed_by(blocks: list[Block]) -> Iterator[str]:
    """Runs blocks, one after another, and yields what each prints.

    Names that a block defines are known to those after it.
    """
    names: dict[str, object] = {"__name__": "page"}
    for block in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            if file := FILE.match(block.code):
                Path(file[1]).write_text(block.code, encoding="utf-8")
            elif block.language == "python":
                exec(compile(block.code, "page", "exec"), names)
            else:
                for line in block.code.splitlines():
                    _command(line)
        yield printed.getvalue()


def _command(line: str) -> None:
    words = shlex.split(line, comments=True)
    if words == ["pip", "install", "-e", "."]:
        _install()
        return
    assert words[:2] == ["python", "-m"], line
    status = import_module(f"{words[2]}.__main__").main(words[3:])
    assert not status, line


def _install() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = Path(f"{project['name']}-{project['version']}.dist-info")
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        line
        for group, entries in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in entries.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    invalidate_caches()


def with_outputs(page: str, printed: list[str]) -> str:
    """Returns a page whose blocks show what they print."""
    texts = iter(printed)

    def shown(match: "re.Match[str]") -> str:
        text = next(texts)
        block = f"```{match[1]}\n{match[2]}```\n"
        return block + (f"\n```text\n{text}```\n" if text else "")

    return BLOCK.sub(shown, page)


def main(paths: list[str]) -> None:
    """Writes what blocks print into pages."""
    for path in map(Path, paths):
        page, before = path.read_text(encoding="utf-8"), Path.cwd()
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            sys.path.insert(0, folder)
            printed = list(printed_by(blocks_of(page)))
            sys.path.remove(folder)
            os.chdir(before)
        path.write_text(with_outputs(page, printed), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
