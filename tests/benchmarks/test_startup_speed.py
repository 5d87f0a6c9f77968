"""The benchmark of the first step measures what is asked for."""

import re

import pytest

from benchmarks.__main__ import main
from benchmarks.speed.startup import Seconds, first_step, summary_of
from safety_envs import SafetyEnvsError


def test_the_first_step_of_a_process_is_timed(tmp_path):
    found = first_step("FrozenLake-v1", str(tmp_path))
    assert 0 < found.processor < 60 and 0 < found.wall < 60


def test_a_first_step_that_fails_says_why(tmp_path):
    with pytest.raises(SafetyEnvsError, match="NoLake"):
        first_step("NoLake-v1", str(tmp_path))


def test_the_summary_has_the_median_and_the_largest():
    measured = [(Seconds(float(k), 9.0), Seconds(k / 10, 9.0)) for k in (3, 1, 7)]
    assert re.sub(r"[^\d. ]", "", summary_of(measured)).split() == [
        "3", "3.00", "7.00", "0.30", "0.70",
    ]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), [(["--rounds", "0"], "--rounds"), (["No-v0"], "No-v0")])
def test_it_refuses_what_cannot_be_measured(words, said, capsys):
    assert main(["speed", "startup", *words]) == 2
    assert said in capsys.readouterr().err
