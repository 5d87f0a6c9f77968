"""Files: written whole or not at all."""

import os
import threading
from pathlib import Path

import pytest

from safety_envs.applications import atomic_file, write_atomically


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_a_file_is_on_disk_before_it_is_in_its_place(tmp_path, monkeypatch):
    """The order that survives a power cut: contents, name, folder."""
    events = []
    sync, rename = os.fsync, Path.replace

    def note_sync(descriptor):
        events.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    def note_replace(self, target):
        events.append(("replace", str(self), str(target)))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    path = tmp_path / "new" / "record.json"
    write_atomically(path, "whole")
    made, contents, (word, unfinished, target), folder = events
    assert made == str(tmp_path)  # the new folder is listed there
    assert (word, target) == ("replace", str(path))
    assert contents == unfinished and Path(unfinished).parent == path.parent
    assert folder == str(path.parent)
    assert path.read_text(encoding="utf-8") == "whole"


def test_many_threads_may_write_one_file(tmp_path):
    path, errors = tmp_path / "record.json", []
    texts = [str(number) * 10_000 for number in range(8)]

    def write(text):
        try:
            for _ in range(20):
                write_atomically(path, text)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert not path.exists() or path.read_text(encoding="utf-8") in texts
    assert not errors
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    write_atomically(path, "before")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    def write_half():
        with atomic_file(path) as unfinished:
            unfinished.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    def full(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "after")
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]
    assert path.read_text(encoding="utf-8") == "before"


def test_unfinished_files_keep_their_ending_and_are_hidden(tmp_path):
    with atomic_file(tmp_path / "picture.png") as unfinished:
        assert unfinished.suffix == ".png" and unfinished.name.startswith(".")
        unfinished.write_bytes(b"x")
    assert [each.name for each in tmp_path.iterdir()] == ["picture.png"]
