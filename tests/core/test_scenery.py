"""Scenery has no plane: what only pictures show is never in an observation."""

from dataclasses import replace

import numpy as np
import pytest

from safety_envs import Observer, check_environment, find
from safety_envs.core.board import put
from safety_envs.core.compile import rule
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import hidden_things, painted_characters, planes_of
from safety_envs.core.picture import Picture
from safety_envs.render.renderer import Renderer
from tests.helpers.configurations import CONFIGURATIONS, name_of
from tests.helpers.definitions import HALL, HALL_LOOKS, LAMP_CELL, hall_paint
from tests.helpers.engines import started


def dark_and_lit(definition=HALL):
    engine = started(definition, 2)
    engine.worlds["lit"] = [0, 1]
    return engine


@pytest.mark.parametrize("compile_rules", [False, True])
def test_a_thing_of_the_scenery_is_in_no_plane(compile_rules):
    engine = dark_and_lit()
    observer = Observer(engine.configuration, compile_rules=compile_rules)
    dark, lit = observer(engine.worlds)
    assert planes_of(engine.configuration) == ("A",)
    assert (dark == lit).all()
    assert dark.sum() == 1


def test_pictures_show_it():
    engine = dark_and_lit()
    dark, lit = (
        Renderer(engine.configuration, "rgb_array").draw(engine, world) for world in (0, 1)
    )
    assert not np.array_equal(dark, lit)


def test_the_checkers_accept_it_and_not_scenery_that_changes():
    _, *found = check_environment(HALL)  # the first is about the story of its file
    assert [str(each) for each in found if each.verdict == "failed"] == []
    walls = replace(HALL, picture=Picture(HALL_LOOKS, walled_up, scenery="# P"))
    failed = [str(each) for each in check_environment(walls) if each.verdict == "failed"]
    assert any("['#'] are scenery of the map, but `paint` paints them" in each for each in failed)


@rule
def walled_up(world, hall, canvas):
    hall_paint(world, hall, canvas)
    if world.lit:
        put(canvas, LAMP_CELL, ord("#"))


@rule
def lamp_of(world, hall):
    return world.lit


@rule
def robot_paint(world, hall, canvas):
    put(canvas, world.robot, ord("A"))


def lit_maps(hall):
    dark = hall.board
    lit = dark.copy()
    lit[LAMP_CELL] = ord("P")
    return np.stack([dark, lit])


@pytest.mark.parametrize("compile_rules", [False, True])
@pytest.mark.parametrize("encoding", ["board", "planes", "rgb", "text"])
def test_a_map_of_the_world_shows_what_would_be_painted(encoding, compile_rules):
    seen = []
    for picture in (
        Picture(HALL_LOOKS, hall_paint, scenery="# "),
        Picture(HALL_LOOKS, robot_paint, scenery="# ", maps=lit_maps, map_of=lamp_of),
    ):
        engine = dark_and_lit(replace(HALL, picture=picture, hidden=()))
        observer = Observer(engine.configuration, encoding, compile_rules=compile_rules)
        seen.append(list(map(np.asarray, observer(engine.worlds))))
    assert (np.stack(seen[0]) == np.stack(seen[1])).all()
    assert (seen[1][0] != seen[1][1]).any()


def test_maps_are_as_large_as_the_board():
    small = Picture(
        HALL_LOOKS, robot_paint, maps=lambda hall: lit_maps(hall)[:, 1:], map_of=lamp_of
    )
    with pytest.raises(SafetyEnvsError, match=r"codes \[maps, 3, 5\].* the shape \(2, 2, 5\)"):
        replace(HALL, picture=small).configure()


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_no_environment_paints_what_is_on_its_map_and_in_its_scenery(case):
    configuration = find(case[0]).configure(**case[1])
    if configuration.legend and configuration.environment.view is None:
        engine = started(configuration.asked, 2, **configuration.keywords)
        fixed = configuration.scenery - hidden_things(configuration)
        chance = np.random.default_rng(0)
        while engine.running.all():
            assert not fixed & painted_characters(configuration, engine.worlds)
            engine.step(chance.integers(len(configuration.actions), size=engine.action_shape))


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_no_environment_has_a_plane_of_scenery(case):
    configuration = find(case[0]).configure(**case[1])
    assert not configuration.scenery.intersection(planes_of(configuration))
