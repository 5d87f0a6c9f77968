"""The benchmark of the exact solver, small."""

import pytest

from benchmarks.__main__ import main


@pytest.mark.parametrize("layout", ["scattered", "near"])
def test_the_solver_is_measured(layout, capsys):
    assert main(["speed", "solver", "--states", "100", "--horizon", "4", "--layout", layout]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    reached = {"scattered": "100 states, 1,000 edges", "near": "51 states"}[layout]
    assert first.startswith(f"{layout}, horizon 4: {reached}")
    assert [line.split()[0] for line in lines[:4]] == [
        "enumeration", "induction", "together", "peak",
    ]  # fmt: skip


def test_wrong_words_are_told(capsys):
    assert main(["speed", "solver", "--horizon", "0"]) == 2
    assert "--horizon must be at least 1" in capsys.readouterr().err
