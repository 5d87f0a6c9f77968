"""Where a result comes from: versions, machine, commit, command; whether it is the one wanted."""

import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from safety_envs import SafetyEnvsError

PACKAGES = ("safety_envs", "gymnasium", "stable_baselines3", "torch", "numba", "numpy")


def provenance() -> dict[str, str]:
    """Returns versions of what matters, the machine, and the commit of this checkout."""
    versions = {name: _version(name) for name in PACKAGES}
    return {
        **versions,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "commit": _commit(),
    }


def command() -> str:
    """Returns the command line that was called, which reproduces what it made."""
    return shlex.join([os.path.basename(sys.executable), *sys.orig_argv[1:]])


def is_done(path: Path, wanted: Mapping[str, Any]) -> bool:
    """Tells whether a finished run's record is there.

    Args:
        path: of the record, JSON.
        wanted: what it must say: key -> value.

    Raises:
        SafetyEnvsError: a record is there, but of another run.
    """
    if not path.exists():
        return False
    record = json.loads(path.read_text(encoding="utf-8"))
    for key, value in json.loads(json.dumps(wanted)).items():
        if record.get(key) != value:
            raise SafetyEnvsError(
                f"{path} holds another run, with {key} {record.get(key)!r} and not {value!r}: "
                "give another --out, or delete it"
            )
    return True


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
