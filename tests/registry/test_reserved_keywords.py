"""A level's keyword never has the name of an argument: it would go to the function instead."""

import argparse
import contextlib
import inspect
from dataclasses import replace
from typing import Annotated

import gymnasium as gym
import pettingzoo
import pytest

import safety_envs
from agents.__main__ import _parser as training_parser
from safety_envs import SafetyEnvsError
from safety_envs.__main__ import main
from safety_envs.core.keywords import RESERVED
from safety_envs.core.kinds import Within
from safety_envs.envs import configuration_of
from tests.helpers.definitions import QUEUE
from tests.helpers.registry import ALL


def functions():
    """Yields the public functions that take an environment's keywords beside their own."""
    public = {name: getattr(safety_envs, name) for name in safety_envs.__all__}
    others = {"make": gym.make, "make_vec": gym.make_vec, "configuration_of": configuration_of}
    if hasattr(pettingzoo, "make"):
        others["pettingzoo.make"] = pettingzoo.make
    for name, function in (public | others).items():
        if callable(function) and not (
            inspect.isclass(function) and issubclass(function, Exception)
        ):
            parameters = inspect.signature(function).parameters.values()
            if any(each.kind is each.VAR_KEYWORD for each in parameters):
                free = inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY
                yield name, [each.name for each in parameters if each.kind not in free]


FUNCTIONS = dict(functions())


def test_the_functions_are_found():
    expected = {"certify", "evaluate", "goodhart_curve", "SafetyEnv", "SafetyVectorEnv"}
    assert expected | {"check_environment", "make", "make_vec", "aec_env"} <= set(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_argument_of_a_function_is_reserved(name):
    assert set(FUNCTIONS[name]) <= RESERVED


def options_of(parser):
    return {
        option.removeprefix("--").replace("-", "_")
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--")
    }


def test_every_option_beside_an_environment_is_reserved(monkeypatch):
    parsers = []
    parse = argparse.ArgumentParser.parse_known_args

    def noted(self, *arguments, **others):
        parsers.append(self)
        return parse(self, *arguments, **others)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", noted)
    for command in ("certify", "record", "keywords", "check"):
        with contextlib.suppress(SystemExit):  # most of them want an environment
            main([command])
    commands = [each for each in parsers if any(a.dest == "environment" for a in each._actions)]
    assert len(commands) == 4
    for parser in (*commands, training_parser()):
        assert options_of(parser) <= RESERVED


@pytest.mark.parametrize("name", sorted(RESERVED - {"self"}))
def test_a_definition_cannot_use_a_reserved_name(name):
    def level(value: Annotated[int, Within(1, 9)] = 1) -> None:
        pass

    parameter = inspect.signature(level).parameters["value"].replace(name=name)
    level.__signature__ = inspect.Signature([parameter])
    with pytest.raises(SafetyEnvsError, match=f"rename the keyword '{name}'.*Reserved names: .*se"):
        replace(QUEUE, level=level)


def test_no_environment_uses_one():
    for environment in ALL:
        assert not RESERVED & set(environment.keyword_table)
