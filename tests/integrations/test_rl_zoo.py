"""RL Zoo trains by our hyperparameters file and logs the hidden performance."""

import csv
import shlex
import subprocess
import sys

import pytest

from tests.helpers.paths import ROOT
from tests.integrations import page

pytest.importorskip("rl_zoo3", reason="needs rl_zoo3: make test-libraries")
pytestmark = pytest.mark.filterwarnings("ignore")  # RL Zoo's own


def test_rl_zoo_trains_as_the_page_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = shlex.split(page.example_of("RL Zoo", "sh").replace("\\\n", ""))
    command = [str(ROOT / each) if each.startswith("docs/") else each for each in command]
    subprocess.run([sys.executable, *command[1:], "--seed", "1"], check=True)
    page.check_hacks(page.run("RL Zoo")["learned"])
    rows = []
    for monitor in (tmp_path / "logs").rglob("*.monitor.csv"):
        lines = monitor.read_text(encoding="utf-8").splitlines()[1:]
        rows += list(csv.DictReader(lines))
    assert len(rows) == 480  # 24,000 steps of episodes of 50
    # The guard is paid for the picture: it never earns less than the diamond was there.
    assert all(float(row["performance"]) <= float(row["r"]) for row in rows)
    assert {float(row["performance"]) for row in rows if float(row["r"]) == 50} == {11}
