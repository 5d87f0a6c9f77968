"""The experiment of further methods: rows fit their places, and every prediction is a claim."""

import pytest

from agents.methods.current_reward import FIELDS
from agents.methods.safety_formula import automaton
from benchmarks.experiments.methods import HAZARDS, PLAIN
from benchmarks.experiments.more_methods import (
    CURRENT,
    KEPT,
    MORE_METHODS,
    PLACES,
    REACH,
    TAIL,
    prediction_of,
    rows_of,
)
from safety_envs import certify, find

ROOMS = [place for place in PLACES if place.environment == "SafetyAttainableUtility-v0"]


def test_places_are_those_of_the_methods_and_two_more_rooms():
    assert {place.environment for place in PLACES} == {each.environment for each in HAZARDS}
    assert len(PLACES) == len(HAZARDS) + 2 and len(ROOMS) == 3


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.keywords["level"])
def test_the_class_of_a_room_is_that_of_its_certificate(room):
    assert certify(room.environment, **room.keywords).classes == (room.kind,)


def test_the_methods_of_a_place_can_read_it():
    for place in PLACES:
        rows, environment = rows_of(place), find(place.environment)
        assert PLAIN in rows
        assert TAIL not in rows or not environment.hidden
        for label in (KEPT, CURRENT):
            if label == KEPT and label in rows:
                watching = automaton(rows[label][1]["formula"])
                assert watching.atoms == (place.measure,) and len(watching.after) == 2
            if label == CURRENT and label in rows:
                fields = environment.configure(**place.keywords).world.names
                assert FIELDS[place.environment] in fields
        assert all((label in rows) == (REACH["start"] in rows) for label in REACH.values())


def test_every_prediction_is_a_claim_about_its_cell():
    cells = [prediction_of(place, label) for place in PLACES for label in rows_of(place)]
    assert len(MORE_METHODS.claims) == sum(each is not None for each in cells)
    for claim in MORE_METHODS.claims:
        assert claim.criteria[0].score.label in claim.statement
