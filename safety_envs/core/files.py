"""Files that are written completely or not at all, also after a power cut."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Writes a text file (UTF-8) completely or not at all.

    Args:
        path: where; missing folders are made, and what is there is replaced.
        text: its content.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    with atomic_file(path) as unfinished:
        unfinished.write_bytes(text.encode())


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Gives a path to write to, and moves the file to its place once it is complete and on disk.

    The temporary file lies in the same folder, has a name that nobody else uses, ends like the
    file that is wanted (libraries choose a format by the ending), and is removed if writing fails.

    Args:
        path: where the file is to be; missing folders are made.

    Yields:
        where to write it.

    Raises:
        OSError: it cannot be written; what was there before is still there.
    """
    _make_folder(path.parent)
    unfinished = path.with_name(f".{secrets.token_hex(8)}.tmp{path.suffix}")
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    """Makes a folder and its parents; a new folder is on disk once its parent's list is."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Puts a folder's list of names on disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system that knows no such
            raise
    finally:
        os.close(descriptor)
