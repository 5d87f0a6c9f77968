"""Processors: only those that may be used are counted."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safety_envs.core import processors

ROOT = Path(__file__).parents[2]


def test_only_processors_that_may_be_used_are_counted(monkeypatch, tmp_path):
    monkeypatch.setattr(processors, "_limits", list)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 5, raising=False)
    assert processors.usable_processors() == 5
    monkeypatch.delattr(os, "process_cpu_count")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {1, 2, 7}, raising=False)
    assert processors.usable_processors() == 3
    for text, expected in (("150000 100000", 2), ("max 100000", 3), ("10000 100000", 1), ("", 3)):
        (tmp_path / "cpu.max").write_text(text, encoding="utf-8")
        monkeypatch.setattr(processors, "_limits", lambda: [tmp_path / "cpu.max"])
        assert processors.usable_processors() == expected


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_an_affinity_is_kept():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from safety_envs.core.processors import usable_processors; print(usable_processors())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "1\n", done.stderr


def test_every_pipeline_counts_processors_in_one_way():
    for path in [*(ROOT / "agents").rglob("*.py"), *(ROOT / "benchmarks").rglob("*.py")]:
        assert "cpu_count" not in path.read_text(encoding="utf-8"), path
