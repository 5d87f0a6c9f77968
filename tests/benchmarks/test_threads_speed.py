"""The command that measures what several threads gain."""

import numpy as np

from benchmarks.__main__ import main
from benchmarks.speed.threads import lines_of
from benchmarks.speed.timing import Rounds


def test_it_prints_a_line_for_each_batch_and_number_of_threads(capsys):
    words = ["SafetyBoatRace-v0", "--num-worlds", "8", "--rounds", "1", "--threads", "3"]
    assert main(["speed", "threads", *words]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("SafetyBoatRace-v0, 8 worlds, at a load of ")
    assert [line.split(" best")[0].strip() for line in lines[1:]] == [
        "engine, 1 thread", "engine, 3 threads", "make_vec, 1 thread", "make_vec, 3 threads",
    ]  # fmt: skip


def test_several_threads_are_compared_with_one_in_the_same_round():
    one, two = np.array([1e6, 4e6, 2e6]), np.array([2e6, 4e6, 6e6])
    rounds = {"engine, 1 thread": Rounds(one, one), "engine, 2 threads": Rounds(two, two)}
    alone, together = lines_of(rounds)
    assert "best     4.00 M/s  median     2.00 M/s" in alone
    assert "times faster: best 1.50, median of rounds 2.00" in together


def test_wrong_options_are_errors_in_one_line(capsys):
    assert main(["speed", "threads", "--threads", "1"]) == 2
    assert "--threads must be at least 2, got 1" in capsys.readouterr().err
    assert main(["speed", "threads", "--agents=3"]) == 2
    assert "name the environment" in capsys.readouterr().err
