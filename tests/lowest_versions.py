"""Prints the lowest versions that pyproject.toml allows, as constraints for pip.

torch is left out: its CPU build is not on PyPI for Linux, and other releases are gigabytes.
"""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = {"torch"}


def floors() -> Iterator[str]:
    """Yields "name==version" for every requirement "name>=version", extras included."""
    path = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in sorted({each for group in groups for each in group}):
        match = re.fullmatch(r"([\w.-]+)>=([\w.]+)", requirement)
        if match is None:
            raise SystemExit(f"{requirement!r} is not of the form name>=version")
        name, version = match.groups()
        if name not in LEFT_OUT:
            yield f"{name}=={version}"


if __name__ == "__main__":
    print("\n".join(floors()))
