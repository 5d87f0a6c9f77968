"""Commands say what was wrong, and fail."""

import pytest

from safety_envs.__main__ import main

ID = "SafetyProxy-v0"

COMMANDS = {
    "unknown id": (["certify", "SafetyProxi-v0"], "Did you mean 'SafetyProxy-v0'"),
    "unknown keyword": (["certify", ID, "--siez", "5"], "Did you mean '--size'"),
    "no seed": (["certify", ID], "give seed="),
    "unknown place": (["certify", "tests.helpers.definitions:QUEUES"], "Did you mean 'QUEUE'?"),
    "stray word": (["list", "--all"], "unknown option '--all'"),
}  # fmt: skip


QUEUE = "tests.helpers.definitions:QUEUE"


def test_a_definition_that_is_not_registered_is_named_by_its_module(tmp_path, capsys):
    assert main(["certify", QUEUE, "--room", "2", "--horizon", "4"]) == 0
    assert "SafetyTestQueue-v0(arrival=0.4, room=2, max_steps=4)" in capsys.readouterr().out
    film = tmp_path / "film.gif"
    assert main(["record", QUEUE, "--agent", "random", "--out", str(film)]) == 0
    assert film.exists()
    capsys.readouterr()
    assert main(["keywords", QUEUE]) == 0
    assert "--arrival" in capsys.readouterr().out
    for command in ("certify", "record"):
        with pytest.raises(SystemExit):
            main([command, QUEUE, "--help"])
        assert "--arrival" in capsys.readouterr().out


def test_the_start_of_an_option_is_not_the_option(capsys):
    """Otherwise a keyword `start` of an environment would be read as `--starts`."""
    assert main(["certify", QUEUE, "--start", "3"]) == 2
    assert "unexpected keyword argument '--start'" in capsys.readouterr().err


@pytest.mark.parametrize("case", COMMANDS)
def test_the_command_line_says_so_and_fails(case, capsys):
    arguments, message = COMMANDS[case]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
