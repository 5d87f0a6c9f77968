"""Keywords are checked by what their signatures declare, for every environment, at every door."""

import json
import math
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal

import gymnasium as gym
import numpy as np
import pytest

import safety_envs
from agents.train import main as train_main
from safety_envs import SafetyEnvsError, environments, find, sb3_vec_env
from safety_envs.__main__ import main
from safety_envs.applications import parse_keywords
from safety_envs.core.definition import Environment
from safety_envs.core.keywords import keywords_of, whole_number
from safety_envs.core.kinds import Choice, Flag, OneOf, Real, Whole, Within
from tests.configurations import CONFIGURATIONS
from tests.definitions import QUEUE


def definitions():
    """Yields each environment and each of its variants, as (definition, what selects it)."""
    for environment in environments().values():
        yield environment, {}
        for keyword, table in environment.variants.items():
            for value in table:
                yield environment, {keyword: value}


def all_keywords():
    """Yields (environment, what selects a variant, keyword) for all there are."""
    for environment, selected in definitions():
        for keyword in environment.select(selected)[1].keyword_table.values():
            name = "-".join([environment.id, *selected.values(), keyword.name])
            yield pytest.param(environment, selected, keyword, id=name)


ALL = list(all_keywords())
JUNK: dict[str, Any] = {
    "None": None,
    "NaN": math.nan,
    "NumPy's NaN": np.float32("nan"),
    "inf": math.inf,
    "-inf": -math.inf,
    "False as text": "False",
    "1 as text": "1",
    "junk": "junk",
    "no text": "",
    "bytes": b"train",
    "list": [],
    "list of one": [5],
    "tuple": (5,),
    "mapping": {"a": 1},
    "array": np.array([1]),
    "array of none": np.array([]),
    "array without axes": np.array(5),
    "array of words": np.array(["train"]),
    "1.9": 1.9,
    "5.0": 5.0,
    "NumPy's 5.0": np.float64(5),
    "-1": -1,
    "0": 0,
    "1": 1,
    "NumPy's 1": np.uint8(1),
    "True": True,
    "False": False,
    "NumPy's True": np.bool_(True),
    "10**30": 10**30,
    "-10**30": -(10**30),
    "10**400": 10**400,
    "complex": 1j,
    "fraction": Fraction(1, 2),
    "object": object(),
    "type": int,
    "function": len,
}


def means(plain, value):
    """Tells whether a plain value is what was given: the same number, flag, word or None."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(plain, bool) or isinstance(value, bool):
        return type(plain) is type(value) and plain == value
    return plain == (float(value) if isinstance(plain, float) else value)


def _configured(environment, keywords):
    """Returns the configuration, or None and what was said against it; no other error passes."""
    try:
        return environment.configure(**keywords), ""
    except SafetyEnvsError as error:
        return None, str(error)


@pytest.mark.parametrize(("environment", "selected", "keyword"), ALL)
def test_anything_is_taken_for_what_it_is_or_refused_in_one_line(environment, selected, keyword):
    refused = 0
    for value in JUNK.values():
        configuration, message = _configured(environment, {**selected, keyword.name: value})
        if configuration is None:
            refused += 1
            assert keyword.name in message
            assert "\n" not in message
            assert "got " in message
            assert len(message) < 300
        else:
            found = configuration.keywords[keyword.name]
            assert type(found) in (int, float, bool, str, type(None))
            assert means(found, value), f"{value!r} became {found!r}"
            again = json.loads(json.dumps(configuration.keywords, allow_nan=False))
            assert find(environment.id).configure(**again) == configuration
    assert refused > len(JUNK) / 2


@pytest.mark.parametrize(("environment", "selected", "keyword"), ALL)
def test_every_keyword_declares_what_it_takes(environment, selected, keyword):
    for kind in keyword.kinds:
        if isinstance(kind, (Whole, Real)):
            within = kind.within
            assert within.least is not None or within.above is not None
            if isinstance(kind, Whole):
                assert within.most is not None or within.below is not None
    played = environment.select(selected)[1]
    assert played.keywords[keyword.name] == keyword.default
    assert keyword.checked(keyword.default) == keyword.default
    assert json.loads(json.dumps(keyword.schema())) == keyword.schema()
    assert keyword.words in str(_refusal_of(keyword, object()))


def _refusal_of(keyword, value):
    with pytest.raises(SafetyEnvsError) as error:
        keyword.checked(value)
    return error.value


def extremes(keyword):
    """Returns the values at the ends of what a keyword takes, and all of its choices."""
    found: list[Any] = list(keyword.choices)
    for kind in keyword.kinds:
        if isinstance(kind, Whole):
            found += [kind.within.least, kind.within.most]
        elif isinstance(kind, Real):
            found += [bound for bound in (kind.within.least, kind.within.most) if bound is not None]
        elif isinstance(kind, Flag):
            found += [False, True]
        else:
            found += [] if isinstance(kind, Choice) else [None]
    return found


@pytest.mark.parametrize(("environment", "selected", "keyword"), ALL)
def test_the_ends_of_every_range_can_be_had(environment, selected, keyword):
    """Or are refused for what does not go together, by an error that names the keyword."""
    for value in extremes(keyword):
        configuration, message = _configured(environment, {**selected, keyword.name: value})
        if configuration is None:
            assert keyword.name in message
            assert f"must be {keyword.words}" not in message
        else:
            assert configuration.keywords[keyword.name] == value
            assert configuration.world.itemsize > 0
            assert configuration.actions
        for beyond in (kind.within for kind in keyword.kinds if isinstance(kind, (Whole, Real))):
            if value is not None and value in (beyond.most, beyond.least):
                step = 1 if value == beyond.most else -1
                with pytest.raises(SafetyEnvsError, match=f"{keyword.name} must be"):
                    environment.configure(**{**selected, keyword.name: value + step})


@pytest.mark.parametrize(("environment", "keywords"), CONFIGURATIONS)
def test_numpy_s_values_and_json_s_mean_the_same(environment, keywords):
    configuration = find(environment).configure(**keywords)
    wrap = {bool: np.bool_, int: np.int64, float: np.float64, str: np.str_, type(None): lambda x: x}
    numpys = {name: wrap[type(value)](value) for name, value in configuration.keywords.items()}
    assert find(environment).configure(**numpys) == configuration
    plain = find(environment).configure(**numpys).keywords
    assert [type(v) for v in plain.values()] == [type(v) for v in configuration.keywords.values()]
    again = json.loads(json.dumps(plain, allow_nan=False))
    assert find(environment).configure(**again) == configuration


@pytest.mark.parametrize(("environment", "keywords"), CONFIGURATIONS)
def test_the_command_line_reads_what_it_would_print(environment, keywords):
    configuration = find(environment).configure(**keywords)
    words = [
        f"--{name.replace('_', '-')}={value}" for name, value in configuration.keywords.items()
    ]
    assert find(environment).configure(**parse_keywords(find(environment), words)) == configuration


def certified(environment, **keywords):
    return safety_envs.certify(environment, seed=0, horizon=3, **keywords)


def made_as_batch(environment, **keywords):
    return gym.make_vec(environment, num_envs=2, **keywords)


def made_for_sb3(environment, **keywords):
    return sb3_vec_env(environment, 2, **keywords)


@pytest.mark.parametrize("door", [gym.make, made_as_batch, made_for_sb3, certified])
def test_flags_are_no_text_and_no_numbers_at_any_door(door):
    for value in ("False", 0, None, np.array([True])):
        with pytest.raises(SafetyEnvsError, match="noops must be True or False, got "):
            door("SafetySokoban-v0", noops=value)


class Proxy(StrEnum):
    EVENTS = "events"


def test_enumerations_and_their_kind_become_plain():
    found = find("SafetyProxy-v0").configure(proxy=Proxy.EVENTS, size=np.int8(4))
    assert found.keywords["proxy"] == "events"
    assert type(found.keywords["proxy"]) is str
    assert type(found.keywords["size"]) is int


MESSAGES = {
    "choice": ("SafetyProxy-v0", {"proxy": "camra"}, "proxy must be one of camera, events, scope, truth, got 'camra'. Did you mean 'camera'?"),
    "flag": ("SafetySokoban-v0", {"noops": "False"}, "noops must be True or False, got the text 'False'"),
    "whole": ("SafetyProxy-v0", {"size": 5.0}, "size must be a whole number in 2 .. 32, got 5.0"),
    "level": ("SafetySideEffects-v0", {"level": 1.9}, "level must be a whole number in 0 .. 399 or one of any, options, damage, correction, offset, interference, got 1.9"),
    "room": ("SafetySideEffects-v0", {"bank": "test", "level": 120}, "level must be below 120 with bank='test', which has no more rooms, got 120"),
    "optional": ("SafetyOffSwitchGame-v0", {"beta": math.nan}, "beta must be a number of at least 0 or None, got nan"),
    "below": ("SafetyCommonsStock-v0", {"growth": 100}, "growth must be a number of at least 0 and below 100, got 100"),
    "odd": ("SafetyCleanUp-v0", {"view": 8}, "view must be an odd whole number in 3 .. 31, got 8"),
    "numbers": ("SafetyMergeTraffic-v0", {"cells": 11}, "cells must be one of 9, 10, 12, got 11"),
    "long": ("SafetyProxy-v0", {"size": list(range(99))}, "size must be a whole number in 2 .. 32, got [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16..."),
    "variant": ("SafetyKeyChest-v0", {"variant": "coin", "size": 26}, "size must be a whole number in 3 .. 25, got 26"),
    "foreign": ("SafetyStagHunt-v0", {"form": "matrix", "mauling": 3}, "SafetyStagHunt-v0(form=matrix) got an unexpected keyword argument 'mauling'. Known: form, max_steps."),
}  # fmt: skip


@pytest.mark.parametrize("case", MESSAGES)
def test_messages_say_keyword_and_found_and_allowed(case):
    name, keywords, message = MESSAGES[case]
    with pytest.raises(SafetyEnvsError) as error:
        find(name).configure(**keywords)
    assert str(error.value) == message


class Unspeakable:
    def __repr__(self):
        raise RuntimeError("no words")


def test_values_without_words_are_refused_too():
    with pytest.raises(SafetyEnvsError, match=r"size must be .*, got a Unspeakable"):
        find("SafetyProxy-v0").configure(size=Unspeakable())


def test_what_a_signature_may_say():
    def level(
        size: Annotated[int, Within(2, 9)] = 5,
        view: "Annotated[int, Within(3, 7, odd=True)]" = 3,
        share: Annotated[float, Within(above=0, below=1)] = 0.5,
        most: Annotated[float, Within(most=2.5)] = 1,
        layout: Annotated[str, OneOf({"open": 1, "shut": 2})] = "open",
        goal: Literal["near", "far"] | None = None,
        level: Annotated[int, Within(0, 3)] | Literal["any"] = "any",
        noops: bool = False,
    ) -> None:
        pass

    table = dict(keywords_of(level, 100))
    assert table.pop("max_steps").default == 100
    assert {name: each.words for name, each in table.items()} == {
        "size": "a whole number in 2 .. 9",
        "view": "an odd whole number in 3 .. 7",
        "share": "a number above 0 and below 1",
        "most": "a number of at most 2.5",
        "layout": "one of open, shut",
        "goal": "one of near, far or None",
        "level": "a whole number in 0 .. 3 or any",
        "noops": "True or False",
    }
    assert {name: each.short for name, each in table.items()} == {
        "size": "2 .. 9",
        "view": "odd, 3 .. 7",
        "share": "above 0 and below 1",
        "most": "at most 2.5",
        "layout": "open, shut",
        "goal": "near, far, None",
        "level": "0 .. 3, any",
        "noops": "",
    }
    assert {name: each.schema() for name, each in table.items()} == {
        "size": {"type": "integer", "minimum": 2, "maximum": 9, "default": 5},
        "view": {"enum": [3, 5, 7], "default": 3},
        "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1, "default": 0.5},
        "most": {"type": "number", "maximum": 2.5, "default": 1.0},
        "layout": {"enum": ["open", "shut"], "default": "open"},
        "goal": {"anyOf": [{"enum": ["near", "far"]}, {"type": "null"}], "default": None},
        "level": {
            "anyOf": [{"type": "integer", "minimum": 0, "maximum": 3}, {"enum": ["any"]}],
            "default": "any",
        },
        "noops": {"type": "boolean", "default": False},
    }
    assert type(table["most"].default) is float
    assert table["goal"].optional
    assert not table["level"].optional
    assert [table["level"].read(word) for word in ("2", "any")] == [2, "any"]
    assert table["goal"].read("None") is None
    for name, wrong in (("share", 1), ("share", 0), ("view", 4), ("level", 4), ("goal", "none")):
        with pytest.raises(SafetyEnvsError, match=f"^{name} must be"):
            table[name].checked(wrong)


def bare(size: int = 5) -> None:
    pass


def without_default(size: Annotated[int, Within(1, 9)]) -> None:
    pass


def out_of_its_own_range(size: Annotated[int, Within(1, 4)] = 5) -> None:
    pass


def unmarked(size=5):
    pass


def numbers_or_bare(size: Annotated[int, Within(1, 9)] | str = 5) -> None:
    pass


def with_steps(max_steps: Annotated[int, Within(1, 9)] = 5) -> None:
    pass


@pytest.mark.parametrize(
    ("level", "message"),
    [
        (bare, r"keyword 'size' declares no range .*Annotated\[int, Within\(2, 32\)\].*, not int"),
        (unmarked, "keyword 'size' declares no range"),
        (numbers_or_bare, "keyword 'size' declares no range"),
        (without_default, "keyword 'size' needs a default"),
        (out_of_its_own_range, "size must be a whole number in 1 .. 4, got 5"),
        (with_steps, "'max_steps' is a keyword of every environment"),
    ],
)
def test_definitions_with_keywords_that_say_too_little_are_refused(level, message):
    fields = {name: getattr(QUEUE, name) for name in QUEUE.__dataclass_fields__}
    with pytest.raises(SafetyEnvsError, match=f"SafetyTestQueue-v0: {message}"):
        Environment(**(fields | {"level": level}))


def test_variants_are_choices_of_a_keyword():
    fields = {name: getattr(QUEUE, name) for name in QUEUE.__dataclass_fields__}
    with pytest.raises(
        SafetyEnvsError, match=r"variants need a level keyword 'form' .* choices quick"
    ):
        Environment(**(fields | {"variants": {"form": {"quick": QUEUE}}}))


def test_arguments_are_checked_like_keywords():
    assert whole_number(np.int64(3), "num_envs", 1, 4) == 3
    for wrong in (None, True, 3.0, "3", 5, np.array([3]), math.nan):
        with pytest.raises(
            SafetyEnvsError, match=r"num_envs must be a whole number in 1 \.\. 4, got"
        ):
            whole_number(wrong, "num_envs", 1, 4)


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
def test_words_of_a_command_line(case):
    name, words, keywords = WORDS[case]
    assert parse_keywords(find(name), words) == keywords


WRONG_WORDS = {
    "flag": ("SafetySokoban-v0", ["--noops", "yes"], "--noops must be True or False, got 'yes'"),
    "number": ("SafetyProxy-v0", ["--size", "5.0"], "--size must be a whole number in 2 .. 32, got '5.0'"),
    "NaN": ("SafetyWhiskyGold-v0", ["--exploration=nan"], "--exploration must be a number in 0 .. 1, got 'nan'"),
    "None": ("SafetyProxy-v0", ["--size", "None"], "--size must be a whole number in 2 .. 32, got 'None'"),
    "dashes": ("SafetyProxy-v0", ["--max-steps=0"], "--max-steps must be a whole number in 1 .. 2147483647, got '0'"),
    "no value": ("SafetyProxy-v0", ["--size", "--proxy", "camera"], "--size needs a value"),
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
