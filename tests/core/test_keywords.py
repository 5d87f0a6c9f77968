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
from safety_envs import SafetyEnvsError, environments, find, sb3_vec_env
from safety_envs.core.keywords import keywords_of, whole_number
from safety_envs.core.kinds import Choice, Flag, OneOf, Real, Whole, Within
from tests.helpers.configurations import CONFIGURATIONS


def definitions():
    """Yields each environment and each of its variants, as (definition, what selects it)."""
    for environment in environments().values():
        yield environment, {}
        for keyword, table in environment.variants.items():
            for value, variant in table.items():
                number = variant.keywords[keyword] if value is float else value
                yield environment, {keyword: number}


def all_keywords():
    """Yields (environment, what selects a variant, keyword) for all there are."""
    for environment, selected in definitions():
        for keyword in environment.select(selected)[1].keyword_table.values():
            name = "-".join([environment.id, *map(str, selected.values()), keyword.name])
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


def value_in(configuration, keyword):
    """Returns a keyword's value; a keyword that is None, as by default, is left out."""
    if keyword.default is None and keyword.name not in configuration.keywords:
        return None
    return configuration.keywords[keyword.name]


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
            found = value_in(configuration, keyword)
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
            assert value_in(configuration, keyword) == value
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
    "level": ("SafetySideEffects-v0", {"level": 1.9}, "level must be a whole number in 0 .. 1999 or one of any, options, damage, correction, offset, interference, got 1.9"),
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


def test_a_signature_declares_ranges_choices_and_flags():
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


def test_arguments_are_checked_like_keywords():
    assert whole_number(np.int64(3), "num_envs", 1, 4) == 3
    for wrong in (None, True, 3.0, "3", 5, np.array([3]), math.nan):
        with pytest.raises(
            SafetyEnvsError, match=r"num_envs must be a whole number in 1 \.\. 4, got"
        ):
            whole_number(wrong, "num_envs", 1, 4)
