"""Definitions are checked when they are made."""

from dataclasses import replace
from typing import Annotated

import numpy as np
import pytest

from safety_envs import SafetyEnvsError
from safety_envs.core.fields import CELL, fields
from safety_envs.core.kinds import Within
from safety_envs.core.metric import total
from safety_envs.core.picture import Picture
from tests.helpers.definitions import QUEUE
from tests.helpers.refusals import assert_refused


def defined(**changes):
    return lambda: replace(QUEUE, **changes)


CASES = {
    "id that is no id": (defined(id="Proxy"), "must have the form 'SafetyName-v0'"),
    "no performance": (defined(metrics={}), "declare 'performance'"),
    "metric called reward": (defined(metrics={**QUEUE.metrics, "reward": total("x", "y")}), r"cannot be named \['reward'\]"),
    "metric declared twice": (defined(exact_metrics={"performance": "x [y]"}), r"cannot be named \['performance'\]"),
    "nothing to see": (defined(observe=None, features=None), "give `picture`"),
    "features without observe": (defined(observe=None, picture=Picture({}, lambda: 0)), "give `observe` and `features` together"),
    "maps without their rule": (defined(picture=Picture({}, lambda: 0, maps=lambda level: np.zeros((1, 3, 3), np.uint8))), "give the picture's `maps` and `map_of` together"),
    "a definition whose id is a number": (defined(id=5), "id 5 must have the form 'SafetyName-v0'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_definition_that_cannot_be_is_refused_in_one_line(case):
    assert_refused(*CASES[case])


def test_boolean_fields_are_refused_with_the_way_out():
    with pytest.raises(TypeError, match="'flag' is a boolean: declare it as FLAG"):
        fields(flag="?")


@pytest.mark.parametrize("kind", ["f4", "f2", ("f4", 3), "U3", "O", "c16"])
def test_fields_are_whole_numbers_or_doubles(kind):
    with pytest.raises(TypeError, match=r"field 'heat' is of type .*: declare a whole number"):
        fields(heat=kind)
    assert fields(heat="f8", count=("i4", 2), cell=CELL).names == ("heat", "count", "cell")


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
    with pytest.raises(SafetyEnvsError, match=f"SafetyTestQueue-v0: {message}"):
        replace(QUEUE, level=level)


def test_variants_are_choices_of_a_keyword():
    with pytest.raises(
        SafetyEnvsError, match=r"variants need a level keyword 'form' with the choices quick"
    ):
        replace(QUEUE, variants={"form": {"quick": QUEUE}})
