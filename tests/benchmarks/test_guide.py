"""The examples of docs/guide/experiments.md are experiments that can be run."""

import re
import shlex
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.harness.toml import read_experiment
from benchmarks.harness.validity import check_experiment

GUIDE = (Path(__file__).parents[2] / "docs/guide/experiments.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m benchmarks (.*?)(?:\s*#.*)?$", GUIDE, flags=re.MULTILINE)


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)


def test_the_file_is_an_experiment(tmp_path):
    (text,) = blocks("toml")
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    experiment = read_experiment(path)
    check_experiment(experiment)
    assert len(experiment.claims) == 1 and len(experiment.conditions) == 6


def test_the_value_is_an_experiment():
    (code,) = blocks("python")
    names = {}
    exec(code, names)
    check_experiment(names["mine"])
    assert [each.label for each in names["mine"].conditions][-2:] == ["ppo", "ppo penalty"]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_are_understood(command, monkeypatch, tmp_path):
    """Only their words are read: what they would do is tested elsewhere."""
    (text,) = blocks("toml")
    (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    called = []
    for name in ("_list", "_plan", "_run", "_page", "_tune"):
        monkeypatch.setattr(f"benchmarks.__main__.{name}", lambda options: called.append(1) or 0)
    assert main(shlex.split(command)) == 0
    assert called == [1]
