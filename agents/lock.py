"""A lock on a folder of results: one process at a time works in it.

The system releases the lock when its holder ends, however it ends, so a dead process never blocks
the next. The file `.lock` stays: if it were removed, two processes could lock two files of the same
name.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from safety_envs import SafetyEnvsError

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder, which is created if it is missing.

    Raises:
        SafetyEnvsError: another process holds it, or the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / NAME).open("a+", encoding="utf-8")
    except OSError as error:
        raise SafetyEnvsError(f"{folder} cannot hold results: {error}") from error
    with file:
        try:
            _take(file)
        except (BlockingIOError, PermissionError):
            raise SafetyEnvsError(
                f"another process ({_holder(file)}) is at work in {folder}: wait until it has "
                "ended, or give another --out"
            ) from None
        except OSError as error:  # some network file systems have no locks
            print(f"warning: {folder} cannot be locked ({error})", file=sys.stderr)
        file.truncate(0)
        file.write(f"process {os.getpid()}\n")
        file.flush()
        yield


def _holder(file: IO[str]) -> str:
    try:
        file.seek(0)
        return file.read().strip() or "of unknown number"
    except OSError:  # Windows does not let others read what is locked
        return "of unknown number"


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
