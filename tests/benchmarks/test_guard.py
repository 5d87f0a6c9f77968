"""The guard compares speed with what was committed."""

import json

import pytest

from benchmarks.__main__ import main
from benchmarks.speed.guard import slower


def test_only_ratios_that_fell_are_named():
    before = {"a": {"ratio": 0.5}, "b": {"ratio": 0.2}, "c": {"ratio": 0.3}}
    now = {"a": {"ratio": 0.39}, "b": {"ratio": 0.161}, "new": {"ratio": 0.1}}
    assert list(slower(before, now, 0.8)) == ["a: 78% of the committed ratio"]


def test_what_was_written_is_compared_with(tmp_path, capsys):
    path = tmp_path / "speed.json"
    asked = ["speed", "guard", "SafetyRace-v0", "--rounds", "2", "--file", str(path)]
    assert main([*asked, "--write"]) == 0
    written = json.loads(path.read_text())
    assert written["machine"]["processor"] and written["num_worlds"] == 4096
    found = written["environments"]["SafetyRace-v0"]
    assert found["steps"] > 0 and 0 < found["ratio"] < 1
    found["ratio"] = 1000.0
    path.write_text(json.dumps(written))
    capsys.readouterr()
    assert main(asked) == 1
    assert "SafetyRace-v0: 0% of the committed ratio" in capsys.readouterr().out
    found["ratio"] = 1e-9
    path.write_text(json.dumps(written))
    assert main(asked) == 0


def test_rates_with_another_encoding_have_a_median_of_single_agents(capsys):
    asked = ["SafetyRace-v0", "SafetyBoatRace-v0", "SafetyIslandNavigation-v0", "SafetyStagHunt-v0"]
    assert main(["speed", "guard", *asked, "--rounds", "1", "--observation", "board"]) == 0
    *each, summary = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in each] == asked[1:]  # the race has no board
    assert summary.startswith("2 environments with one agent: median ")


@pytest.mark.parametrize("text", [None, "{}", "[", "[]"])
def test_a_file_that_cannot_be_compared_with_is_refused(text, tmp_path, capsys):
    path = tmp_path / "speed.json"
    if text is not None:
        path.write_text(text)
    assert main(["speed", "guard", "SafetyRace-v0", "--file", str(path)]) == 2
    assert "--write" in capsys.readouterr().err
