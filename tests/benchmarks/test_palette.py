"""Colours and markers of agents: told apart by all eyes, on a light and on a dark page."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.report.palette import HUES, INKS, KNOWN, MARKERS, styles
from benchmarks.report.svg import marker_path
from safety_envs.render.sight import APART, SIGHTS, difference, lab

SIDES = ("light", "dark")


def rgb(ink, side):
    return [int(getattr(ink, side)[k : k + 2], 16) for k in (1, 3, 5)]


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("side", SIDES)
def test_every_sight_tells_hues_apart(side, sight):
    hues = {name: INKS[name] for name in (*HUES, "grey", "ink")}
    seen = lab([rgb(ink, side) for ink in hues.values()], sight)
    for (k, one), (m, other) in combinations(enumerate(hues), 2):
        assert difference(seen[k], seen[m]) >= APART, (one, other)


@pytest.mark.parametrize("side", SIDES)
def test_hues_stand_out_from_the_page(side):
    """The contrast of WCAG 2: 3 for graphics, 4.5 for text."""

    def luminance(name):
        share = np.array(rgb(INKS[name], side)) / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for name, least in [*((hue, 2.95) for hue in HUES), ("grey", 3), ("ink", 4.5), ("muted", 4.5)]:
        one, other = sorted((luminance(name), luminance("paper")))
        assert (other + 0.05) / (one + 0.05) >= least, name


def test_known_agents_always_look_the_same():
    assert styles(["dqn", "ppo"])["ppo"] == styles(["PPO", "new", "random"])["PPO"] == KNOWN["ppo"]
    assert styles(["reward optimal"])["reward optimal"] == KNOWN["reward_optimal"]


def test_no_two_agents_of_a_page_look_the_same():
    labels = [*KNOWN, "PPO", *(f"ppo variant {k}" for k in range(40))]
    found = styles(labels)
    assert list(found) == labels
    assert len(set(found.values())) == len(labels)
    few = styles(["ppo", "one", "two", "three", "four"])
    assert len({style.hue for style in few.values()}) == 5


def test_unknown_agents_do_not_depend_on_the_order():
    labels = ["selfish", "guilty", "envious", "random"]
    assert styles(labels) == styles(labels[::-1])


def test_colours_are_all_different_so_that_a_page_can_name_them():
    assert len({ink.light for ink in INKS.values()}) == len(INKS)


@pytest.mark.parametrize("marker", [*MARKERS, "X", "*"])
def test_markers_are_drawn_in_their_box(marker):
    path = marker_path(marker)
    assert path.startswith("M") and path.endswith("Z")
    numbers = [float(each) for each in path.translate(str.maketrans("MLQCZ,", "      ")).split()]
    assert len(numbers) > 5 and max(map(abs, numbers)) <= 1
