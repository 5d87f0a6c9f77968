"""The benchmark of the foundry measures what is asked for."""

import re

import pytest

from benchmarks.__main__ import main


def test_it_measures_the_levels_of_one_environment(capsys):
    assert main(["speed", "foundry", "SafetyCoinCorner-v0", "--count", "5"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    found = re.fullmatch(r"(\S+) +(\d+) levels/s, with depth and exploit +(\d+) levels/s", line)
    assert found[1] == "SafetyCoinCorner-v0" and int(found[2]) >= int(found[3]) > 0


@pytest.mark.parametrize(("words", "said"), [(["--count", "0"], "--count"), (["No-v0"], "No-v0")])
def test_it_refuses_what_cannot_be_measured(words, said, capsys):
    assert main(["speed", "foundry", *words]) == 2
    assert said in capsys.readouterr().err
