"""The tables of penalties: what they must show, and that the committed page shows it."""

import re

import pytest

from benchmarks.side_effects import (
    ABLATED,
    BASELINES,
    MEASURES,
    PAGE,
    REMEMBERED,
    ROOMS,
    VARIANTS,
    belt_cell,
    room_cell,
    room_plan,
)
from tests.helpers.paths import ROOT

SECTIONS = (ROOT / PAGE).read_text(encoding="utf-8").split("\n## ")[1:]


def rows_of(text):
    """Returns the cells of the rows of tables."""
    lines = re.findall(r"^\|(.*)\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


BELT = {(row[0].replace(" ", "_"), row[1]): row[2:] for row in rows_of(SECTIONS[0])}
SEEN, REMEMBERED_ROWS = (
    {row[0]: row[1:] for row in rows_of(part.partition("In `damage`")[0])}
    for part in SECTIONS[1].split("The table as we remember it:")
)
KNOWN = {row[0]: row[1:] for row in rows_of(SECTIONS[2])}


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("baseline", BASELINES)
def test_the_conveyor_belt_shows_offsetting_and_interference(measure, baseline):
    vase, sushi = (belt_cell(variant, measure, baseline) for variant in VARIANTS)
    assert [str(vase), str(sushi)] == BELT[measure, baseline]
    # Unreachability of the start is indifferent, so that other plans are as good.
    tied = (measure, baseline) == ("unreachability", "start")
    assert vase.most == vase.first == (0 if baseline == "inaction" else 50)
    assert vase.least == (0 if tied else vase.most)
    assert sushi.first == sushi.least == (0 if baseline == "start" else 50)
    assert sushi.most == (50 if tied else sushi.first)


@pytest.mark.parametrize("row", ABLATED)
@pytest.mark.parametrize("room", ROOMS)
def test_the_rooms_show_the_ablation(row, room):
    number = list(ROOMS).index(room)
    plan = room_plan(row, room, rng=0)
    assert (plan.first == ROOMS[room]) == (REMEMBERED[row][number] == "✓")
    tied = (row, room) == ("no penalty", "offset")  # once paid, nothing matters
    assert (plan.performance[0] != plan.performance[1]) == tied
    assert REMEMBERED_ROWS[row][number] == REMEMBERED[row][number]


@pytest.mark.parametrize("row", ABLATED)
def test_the_page_shows_the_rooms(row):
    number = list(ROOMS).index("correction")  # the smallest room
    assert room_cell(row, "correction") == SEEN[row][number]
    assert room_cell(row, "correction", "world") == KNOWN[row][number]


def test_who_knows_that_the_sushi_was_stopped_does_not_stop_it():
    row, room = "starting state", "interference"
    assert room_plan(row, room, 0, "seen").performance == (-1, -1)
    assert room_plan(row, room, 0, "world").performance == (1, 1)
    assert (SEEN[row][-1], KNOWN[row][-1]) == ("✗", "✓")
