"""Commands say what was wrong, and fail."""

import pytest

from safety_envs.__main__ import main

ID = "SafetyProxy-v0"

COMMANDS = {
    "unknown id": (["certify", "SafetyProxi-v0"], "Did you mean 'SafetyProxy-v0'"),
    "unknown keyword": (["certify", ID, "--siez", "5"], "Did you mean '--size'"),
    "no seed": (["certify", ID], "give seed="),
    "stray word": (["list", "--all"], "unknown option '--all'"),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_the_command_line_says_so_and_fails(case, capsys):
    arguments, message = COMMANDS[case]
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
