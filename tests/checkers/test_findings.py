"""Faults of looks, of fields, of boards and of unmarked rules: each is named in plain words."""

from dataclasses import replace
from typing import NamedTuple

import pytest

from safety_envs import SafetyEnvsError, check_environment
from safety_envs.checkers.rules import check_flags
from safety_envs.core.board import Look
from safety_envs.core.compile import compiled, rule
from safety_envs.core.fields import CELL, FLAG, fields, flags_of
from safety_envs.core.picture import Picture
from safety_envs.render.looks import symbols
from tests.helpers.definitions import HALL, HALL_LOOKS, QUEUE, hall_paint, queue_step
from tests.helpers.registry import ALL, id_of

DRAWN = "the picture can be drawn"
APART = "readers can tell all looks of the legend apart, colour-blind readers too"


def findings(definition):
    return {each.check: each for each in check_environment(definition)}


def with_looks(**looks):
    return replace(HALL, picture=Picture(HALL_LOOKS | looks, hall_paint, scenery="# P"))


def test_all_faults_of_a_picture_are_named_at_once():
    found = findings(
        with_looks(P=Look("lamp", "gold", "beamer"), A=Look("robot", "reed", "vehicle"))
    )
    fault = found[DRAWN].fault
    assert found[DRAWN].verdict == "failed"
    assert "'lamp' uses the shape 'beamer'" in fault
    assert "'robot' uses the shape 'vehicle'" in fault
    assert "'robot' uses the colour 'reed'" in fault
    assert all(shape in fault for shape in symbols())
    assert found[APART].verdict == "left out"
    others = [each for each in found.values() if each.check not in (DRAWN, APART)]
    assert not any("beamer" in each.fault for each in others)
    assert all(each.verdict != "failed" for each in others if each.check.startswith("the API"))


def test_looks_that_cannot_be_told_apart_are_a_fault():
    found = findings(with_looks(P=Look("lamp", "blue", "robot")))[APART]
    assert found.verdict == "failed"
    assert "'lamp' looks like 'robot'" in found.fault
    twice = findings(with_looks(P=HALL_LOOKS["A"]))[APART]
    assert "'P' and 'A' have the same look: robot" in twice.fault
    assert findings(HALL)[APART].verdict == "passed"
    assert findings(QUEUE)[APART].verdict == "left out"


@pytest.mark.parametrize("part", ["hidden", "kept"])
def test_an_unknown_field_is_refused_by_the_definition(part):
    message = f"{part} names 'leak'; the fields are waiting"
    with pytest.raises(SafetyEnvsError, match=message):
        replace(QUEUE, **{part: ("leak",)})
    late = replace(QUEUE, world=lambda shop: QUEUE.world, **{part: ("leak",)})
    with pytest.raises(SafetyEnvsError, match=message):
        late.configure()


class Plan(NamedTuple):
    board: object


@pytest.mark.parametrize("board", [{"a": 1}, None, "###", [[1, 2]]])
def test_a_board_that_is_no_map_is_refused(board):
    definition = replace(HALL, level=lambda: Plan(board))
    with pytest.raises(SafetyEnvsError, match=r"needs a field `board`: .*; got (none|'###'|\{|\[)"):
        definition.configure()


def near(world):
    return world.waiting > 1


@rule
def forgetful_step(world, shop, action, dice, outcome):
    queue_step(world, shop, action, dice, outcome)
    outcome.served += near(world)


def test_a_function_that_is_not_marked_is_named(monkeypatch):
    monkeypatch.setattr("numba.config.DISABLE_JIT", 0)
    with pytest.raises(SafetyEnvsError, match="near is not marked with @rule"):
        compiled(forgetful_step)
    found = findings(replace(QUEUE, step=forgetful_step))["its rules compile"]
    assert found.verdict == "failed"
    assert "near is not marked with @rule" in found.fault


LAMP = fields(lit=(FLAG, 2), power="u1")


@rule
def flickering_step(world, hall, action, dice, outcome):
    world.lamp.lit[1] += 1
    world.lamp.power = 2


def test_a_flag_is_zero_or_one():
    world = fields(robot=CELL, lit=FLAG, lamp=LAMP)
    assert flags_of(world) == (("lit",), ("lamp", "lit"))
    assert flags_of(fields(lit="u1")) == ()
    found = findings(replace(HALL, world=world, step=flickering_step))["flags are 0 or 1"]
    assert found.verdict == "failed"
    assert found.fault == "step 2: the flag 'lamp.lit' is 2"
    assert findings(HALL)["flags are 0 or 1"].verdict == "passed"
    assert findings(QUEUE)["flags are 0 or 1"].verdict == "left out"


@pytest.mark.parametrize("environment", ALL, ids=id_of)
def test_no_rule_of_the_registry_sets_a_flag_to_more(environment):
    configuration = environment.configure()
    if flags_of(configuration.world):
        check_flags(configuration)
