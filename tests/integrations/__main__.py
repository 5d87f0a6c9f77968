"""Makes a virtual environment for each library, and runs its tests in it.

It needs nothing but Python: `python3 -m tests.integrations`, with or without names of libraries.
"""

import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from tests.integrations.libraries import LIBRARIES, OURS, Library

ROOT = Path(__file__).parents[2]
TORCH_INDEX = os.environ.get("TORCH_INDEX", "https://download.pytorch.org/whl/cpu")


def main(asked: list[str]) -> int:
    """Returns 0 if the tests of all libraries that were asked for have passed."""
    if unknown := sorted({*asked} - {*LIBRARIES}):
        print(f"unknown: {', '.join(unknown)}. There are {', '.join(LIBRARIES)}.", file=sys.stderr)
        return 2
    failed = [name for name in asked or LIBRARIES if not _passes(name, LIBRARIES[name])]
    print(f"failed: {', '.join(failed)}" if failed else "all passed")
    return bool(failed)


def _passes(name: str, library: Library) -> bool:
    folder = ROOT / f".venv-{name}"
    if not (folder / ".ready").exists():
        print(f"installing {name} into {folder.name}", flush=True)
        if not _install(folder, library):
            return False
        (folder / ".ready").touch()
    # Minari leaves its temporary folder to the garbage collector, which warns at the very end.
    ignored = ["ignore::pytest.PytestUnraisableExceptionWarning", *library.ignored]
    warnings = [word for each in ignored for word in ("-W", each)]
    return _run(folder, "pytest", *warnings, library.tests, "-k", name)


def _install(folder: Path, library: Library) -> bool:
    venv.create(folder, with_pip=True)
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(_constraints(library)) + "\n", encoding="utf-8")
    # First torch alone: its CPU build is not on PyPI for Linux.
    steps: list[Sequence[str]] = [
        ["--no-deps", "--retries", "1", "--extra-index-url", TORCH_INDEX, "torch"],
        ["--editable", ".", "torch", "pytest", *library.packages],
    ]
    if library.without_dependencies:
        steps.append(["--no-deps", *library.without_dependencies])
    pip = ["install", "--quiet", "--disable-pip-version-check", "--constraint", str(constraints)]
    return all(_run(folder, "pip", *pip, *packages) for packages in steps)


def _run(folder: Path, *module: str) -> bool:
    return not subprocess.run([folder / "bin" / "python", "-m", *module], cwd=ROOT).returncode


def _constraints(library: Library) -> list[str]:
    """Returns the lines of constraints.txt that hold for an installation with a library."""
    kept = {name for name in OURS if name not in library.free}
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.partition("==")[0] in kept]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
