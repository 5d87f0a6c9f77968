"""Atomic writes: a file is written completely or not at all, even after a power failure."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write_atomically(path: Path, text: str) -> None:
    """Writes a text file (UTF-8) completely or not at all.

    Args:
        path: the file; missing folders are created, and an existing file is replaced.
        text: the content.

    Raises:
        OSError: the file cannot be written; an existing file is unchanged.
    """
    with atomic_file(path) as unfinished:
        unfinished.write_bytes(text.encode())


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yields a temporary path to write to, and moves the file to `path` when it is on disk.

    The temporary file is in the same folder and has a unique name with the same suffix (libraries
    choose a format by the suffix). It is removed if writing fails.

    Args:
        path: the final path; missing folders are created.

    Yields:
        the temporary path.

    Raises:
        OSError: the file cannot be written; an existing file is unchanged.
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
    """Creates a folder and its parents, and syncs each parent's directory entry to disk."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folder(folder.parent)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Syncs a folder's directory entries to disk, if the system supports it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # not supported
            raise
    finally:
        os.close(descriptor)
