"""Python in another process."""

import os
import subprocess
import sys
from collections.abc import Iterable

from tests.helpers.paths import ROOT


def python(
    *words: object, paths: Iterable[object] = (), without: Iterable[str] = (), **environ: str
) -> subprocess.CompletedProcess[str]:
    """Runs Python with the repository on its path, and `paths` before it.

    Args:
        words: what follows `python` on the command line.
        paths: folders of further modules.
        without: variables of the environment that it does not inherit.
        environ: variables that it has beside those inherited.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in without}
    path = os.pathsep.join([*map(str, paths), str(ROOT)])
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True, text=True, check=False, timeout=600,
        env=inherited | {"PYTHONPATH": path} | environ,
    )  # fmt: skip
