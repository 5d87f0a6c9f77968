"""Recorded commands can be called elsewhere, and do not tell whose machine it was."""

import shlex
import sys

from agents.provenance import command


def test_commands_are_recorded_without_the_folders_of_the_machine(monkeypatch):
    asked = ["/opt/env/bin/python", "-m", "benchmarks", "run", "core"]
    asked += ["--out", "/home/somebody/a folder", "--records=/srv/data/records.jsonl.gz", "x/y"]
    monkeypatch.setattr(sys, "orig_argv", asked)
    monkeypatch.setattr(sys, "executable", asked[0])
    assert shlex.split(command()) == [
        *("python", "-m", "benchmarks", "run", "core", "--out", "a folder"),
        *("--records=records.jsonl.gz", "x/y"),
    ]
