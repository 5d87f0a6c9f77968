"""The cache of compiled code on the disk: a folder named by a hash of the sources.

So a changed helper never leaves stale code. Numba's own cache looks at one file only.
"""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any


def keep_on_disk(dispatcher: Any, functions: Iterable[Any]) -> None:
    """Gives a dispatcher a disk cache, unless one of its functions is defined outside a package."""
    used = list(functions)
    packages = sorted({function.__module__.partition(".")[0] for function in used})
    hashes = [_source_hash(package) for package in packages]
    if any(source is None for source in hashes) or any(function.__closure__ for function in used):
        return
    import numba

    stamp = digest(numba.__version__, sys.version, *map(str, hashes))
    root = cache_root()
    if root is None:
        return
    folder = root / stamp
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # no writable folder: compile again in each process
    if not os.access(folder, os.W_OK | os.X_OK):
        return
    dispatcher._cache = _disk_cache(dispatcher.py_func, str(folder))


def _disk_cache(function: Callable[..., Any], folder: str) -> Any:
    """Returns a Numba disk cache in our own folder (Numba's setting is process-wide)."""
    from numba.core import caching

    class Locator(caching._CacheLocator):
        def get_cache_path(self) -> str:
            return folder

        def get_source_stamp(self) -> str:
            return folder

        def get_disambiguator(self) -> str:
            return ""

        @classmethod
        def from_function(cls, py_func: Any, py_file: Any) -> "Locator":
            return cls()

    class Implementation(caching.CompileResultCacheImpl):
        _locator_classes: Any = [Locator]  # the type that Numba declares

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

    return Cache(function)


def cache_root() -> Path | None:
    """Returns the folder for compiled code, None if there is none.

    It is SAFETY_ENVS_CACHE if set, else the user's cache folder, else, for a user without a home, a
    private folder in the temporary directory.
    """
    if named := os.environ.get("SAFETY_ENVS_CACHE"):
        return Path(named)
    try:
        cached = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # no HOME and no entry in the user database, as in many containers
        return _temporary_root()
    return Path(cached) / "safety_envs"


def _temporary_root() -> Path | None:
    """Returns a private folder in the temporary directory, None if it cannot be private.

    Cached code is executed, so the folder must belong to this user and be writable by nobody else.
    """
    if not hasattr(os, "getuid"):
        return None
    root = Path(tempfile.gettempdir()) / f"safety_envs-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        found = root.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return root if private and found.st_uid == os.getuid() else None


@cache
def _source_hash(package: str) -> str | None:
    """Returns a hash of all sources of a package; None for a script or a single module."""
    paths = getattr(sys.modules.get(package), "__path__", None)
    if not paths:
        return None
    sources = sorted(path for root in paths for path in Path(root).rglob("*.py"))
    return digest(*(path.read_text(encoding="utf-8") for path in sources))


def digest(*texts: str) -> str:
    """Returns a short name for texts, the same in every process."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
