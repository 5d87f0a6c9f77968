"""Where a result comes from: versions, machine, commit, command."""

import os
import platform
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("safety_envs", "gymnasium", "stable_baselines3", "torch", "numba", "numpy")


def provenance() -> dict[str, str]:
    """Returns the versions, the machine, and the commit of this checkout."""
    return {**versions(), "commit": _commit()}


def versions() -> dict[str, str]:
    """Returns the versions of everything that may change a result, and the kind of machine."""
    return {
        **{name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def command() -> str:
    """Returns the command line that was called, which reproduces what it made.

    Absolute paths are shortened to their last part: folders of one machine say nothing on another,
    and may name their owner.
    """
    called = [os.path.basename(sys.executable), *sys.orig_argv[1:]]
    return shlex.join(_shortened(part) for part in called)


def _shortened(part: str) -> str:
    option, equals, value = part.rpartition("=")
    path = Path(value)
    return f"{option}{equals}{path.name}" if path.is_absolute() and path.name else part


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    root = Path(__file__).parent.parent
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return answer.stdout.strip() or "unknown"
