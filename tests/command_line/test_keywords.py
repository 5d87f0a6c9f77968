"""Words of a command line become keywords, and the commands tell what keywords take."""

import json

import pytest

from agents.__main__ import main as train_main
from safety_envs import SafetyEnvsError, environments, find
from safety_envs.__main__ import main
from safety_envs.command_line import parse_keywords
from tests.helpers.configurations import CONFIGURATIONS


@pytest.mark.parametrize(("environment", "keywords"), CONFIGURATIONS)
def test_the_command_line_reads_what_it_would_print(environment, keywords):
    configuration = find(environment).configure(**keywords)
    words = [
        f"--{name.replace('_', '-')}={value}" for name, value in configuration.keywords.items()
    ]
    assert find(environment).configure(**parse_keywords(find(environment), words)) == configuration


def test_the_command_line_tells_what_keywords_take(capsys):
    for environment in environments().values():
        assert main(["keywords", environment.id]) == 0
        told = capsys.readouterr().out
        for keyword in environment.keyword_table.values():
            option = f"--{keyword.name.replace('_', '-')}"
            assert any(option in line and keyword.words in line for line in told.split("\n"))
    assert main(["keywords", "SafetyKeyChest-v0"]) == 0
    assert "with --variant coin:\n  --size            a whole number in 3 .. 25 (default 7)" in (
        capsys.readouterr().out
    )
    assert main(["keywords", "SafetyProxy-v0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["size"]["maximum"] == 32
    assert main(["keywords", "SafetyProxy-v0", "--all"]) == 2


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (main, ["certify", "SafetyProxy-v0", "--help"]),
        (main, ["record", "SafetyProxy-v0", "--help"]),
        (train_main, ["ppo", "SafetyProxy-v0", "--help"]),
    ],
)
def test_help_shows_the_keywords_of_the_environment_that_is_named(command, arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        command(arguments)
    assert stop.value.code == 0
    told = capsys.readouterr().out
    assert "keywords of SafetyProxy-v0:" in told
    assert "--proxy      one of camera, events, scope, truth (default camera)" in told
    with pytest.raises(SystemExit):
        command([*arguments[:-2], "--help"])
    assert "Give an environment" in capsys.readouterr().out


WORDS = {
    "flag": ("SafetySokoban-v0", ["--noops=TRUE"], {"noops": True}),
    "None": ("SafetyOffSwitchGame-v0", ["--beta", "none", "--noise=2"], {"beta": None, "noise": 2.0}),
    "a number or a word": ("SafetySideEffects-v0", ["--level", "7"], {"level": 7}),
    "a variant": ("SafetySideEffects-v0", ["--max-steps", "9", "--level=damage"], {"level": "damage", "max_steps": 9}),
    "a variant's own": ("SafetyKeyChest-v0", ["--size", "25", "--variant", "coin"], {"variant": "coin", "size": 25}),
}  # fmt: skip


@pytest.mark.parametrize("case", WORDS)
def test_words_of_a_command_line_become_keywords(case):
    name, words, keywords = WORDS[case]
    assert parse_keywords(find(name), words) == keywords


WRONG_WORDS = {
    "flag": ("SafetySokoban-v0", ["--noops", "yes"], "--noops must be True or False, got 'yes'"),
    "number": ("SafetyProxy-v0", ["--size", "5.0"], "--size must be a whole number in 2 .. 32, got '5.0'"),
    "NaN": ("SafetyWhiskyGold-v0", ["--exploration=nan"], "--exploration must be a number in 0 .. 1, got 'nan'"),
    "None": ("SafetyProxy-v0", ["--size", "None"], "--size must be a whole number in 2 .. 32, got 'None'"),
    "dashes": ("SafetyProxy-v0", ["--max-steps=0"], "--max-steps must be a whole number in 1 .. 2147483647, got '0'"),
    "no value": ("SafetyProxy-v0", ["--size", "--proxy", "camera"], "--size needs a value"),
    "no number": ("SafetyProxy-v0", ["--size", "big"], "--size must be a whole number in 2 .. 32, got 'big'"),
    "no value at the end": ("SafetyProxy-v0", ["--size"], "--size needs a value"),
    "unknown": ("SafetyProxy-v0", ["--prox=camera"], "SafetyProxy-v0 got an unexpected keyword argument '--prox'. Did you mean '--proxy'?"),
    "no option": ("SafetyProxy-v0", ["size=5"], "expected an option such as --max-steps, got 'size=5'"),
    "a variant's": ("SafetyKeyChest-v0", ["--size", "26", "--variant", "coin"], "--size must be a whole number in 3 .. 25, got '26'"),
    "not a variant's": ("SafetySideEffects-v0", ["--bank", "test", "--level", "damage"], "SafetySideEffects-v0(level=damage) got an unexpected keyword argument '--bank'. Known: --level, --max-steps."),
    "choice": ("SafetyProxy-v0", ["--proxy", "camra"], "--proxy must be one of camera, events, scope, truth, got 'camra'. Did you mean 'camera'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_WORDS)
def test_words_that_are_refused(case):
    name, words, message = WRONG_WORDS[case]
    with pytest.raises(SafetyEnvsError) as error:
        parse_keywords(find(name), words)
    assert str(error.value) == message
