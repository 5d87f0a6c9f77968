"""Looks: the file of symbols, their colours and marks, and the sights that can distinguish them."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, find
from safety_envs.core.board import AGENT_COLOURS, Look
from safety_envs.core.palette import COLOURS
from safety_envs.render import Renderer, image
from safety_envs.render.looks import SMALLEST, sprite_of, svg_of, symbols
from safety_envs.render.sight import BARE_FLOOR, SIGHTS, confusions, difference, lab, on_floor
from tests.helpers.configurations import CONFIGURATIONS, name_of

FILE = Path(image.__file__).with_name("shapes.svg")
NAMESPACE = "{http://www.w3.org/2000/svg}"
PAINT = {"fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-linecap",
         "stroke-linejoin", "transform"}  # fmt: skip
UNDERSTOOD = {
    "title": set(),
    "g": PAINT,
    "path": PAINT | {"d"},
    "circle": PAINT | {"cx", "cy", "r"},
    "ellipse": PAINT | {"cx", "cy", "rx", "ry"},
    "rect": PAINT | {"x", "y", "width", "height", "rx"},
}
"""What both browsers and pygame-ce's loader draw alike: elements and their attributes."""
CROWDS = [
    ("SafetyCommonsHarvest-v0", {"agents": 16}),
    ("SafetyCommonsStock-v0", {"agents": 16}),
    ("SafetyRace-v0", {"agents": 16}),
]
# Sharma, Wu and Dalal (2005), table 1: pairs that catch wrong turns of hue and mean hue.
PUBLISHED = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, -0.001, 2.49), (50.0, 0.0011, -2.49), 4.7461),
    ((50.0, 2.5, 0.0), (50.0, 0.0, -2.5), 4.3065),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (56.0, -27.0, -3.0), 31.9030),
    ((50.0, 2.5, 0.0), (58.0, 24.0, 15.0), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.4410), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize("case", [*CONFIGURATIONS, *CROWDS], ids=name_of)
def test_every_sight_tells_all_looks_of_a_legend_apart(case):
    environment, keywords = case
    looks = find(environment).configure(**keywords).legend.values()
    confused = [
        f"{each.sight}: {each.first} and {each.second} differ on {each.share:.1%} of a cell"
        for each in confusions(looks)
    ]
    assert not confused, "give them other shapes, hatching or marks:\n" + "\n".join(confused)


def test_colours_that_some_eyes_confuse_are_found():
    friend, foe = (Look(colour, colour, "disc") for colour in ("mint", "rose"))
    found = confusions([friend, foe])
    assert {(each.first, each.second) for each in found} == {(friend, foe)}
    assert {each.sight for each in found} == {"deuteranopia"}
    assert not confusions([friend, Look("foe", "rose", "tint_hatch")])


def test_what_cannot_be_seen_on_floor_is_found():
    pale = Look("pale", "floor", "disc")
    found = confusions([pale, Look("clear", "blue", "disc")])
    assert [(each.first, each.second) for each in found] == [(BARE_FLOOR, pale)] * len(SIGHTS)


@pytest.mark.parametrize("shape", ["person", "android", "token"])
@pytest.mark.parametrize("colour", AGENT_COLOURS)
def test_numbers_tell_agents_of_one_colour_apart(shape, colour):
    assert not confusions(Look(f"agent {k}", colour, shape, str(k)) for k in range(16))


def test_symbols_differ_by_their_shapes():
    shapes = [Look(name, "blue", name) for name in symbols() if name != "blank"]
    assert len(shapes) > 70
    assert not confusions(shapes)


@pytest.mark.parametrize(("first", "second", "expected"), PUBLISHED)
def test_difference_is_ciede2000(first, second, expected):
    pair = np.array(first), np.array(second)
    assert difference(*pair) == pytest.approx(expected, abs=5e-5)
    assert difference(*pair[::-1]) == pytest.approx(expected, abs=5e-5)


def test_colours_in_lab_and_as_the_colour_blind_see_them():
    assert lab((255, 255, 255)) == pytest.approx([100, 0, 0], abs=0.01)
    assert lab((255, 0, 0)) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab((0, 0, 255)) == pytest.approx([32.30, 79.19, -107.86], abs=0.02)
    greys = np.arange(0, 256, 15)[:, None].repeat(3, axis=1)
    for sight in SIGHTS:
        assert lab(greys, sight) == pytest.approx(
            lab(greys), abs=0.05
        )  # they see greys as they are
    mint, rose = COLOURS["mint"], COLOURS["rose"]
    by_sight = {each: float(difference(lab(mint, each), lab(rose, each))) for each in SIGHTS}
    assert by_sight["normal"] > 45 and by_sight["tritanopia"] > 45
    assert by_sight["deuteranopia"] < 12


def test_the_file_keeps_to_what_browsers_and_pygame_draw_alike():
    root = ElementTree.parse(FILE).getroot()
    assert root.tag == f"{NAMESPACE}svg"
    ids = [symbol.attrib["id"] for symbol in root]
    assert len(ids) == len(set(ids)) == len(symbols())
    fixed = {"none", "currentColor", "#fff", "#000"}
    fixed |= {"#{:02x}{:02x}{:02x}".format(*colour) for colour in COLOURS.values()}
    for symbol in root:
        name = symbol.attrib["id"]
        assert symbol.tag == f"{NAMESPACE}symbol", name
        assert symbol.attrib.keys() <= {"id", "viewBox", "data-mark", "data-mark-on"}, name
        assert symbol.attrib["viewBox"] == "0 0 100 100", name
        assert symbol[0].tag == f"{NAMESPACE}title" and symbol[0].text, name
        for element in symbol.iter():
            if element is symbol:
                continue
            tag = element.tag.removeprefix(NAMESPACE)
            assert element.attrib.keys() <= UNDERSTOOD[tag], (name, tag)
            for paint in ("fill", "stroke"):
                assert element.get(paint, "none") in fixed, (name, "not in the palette")


@pytest.mark.parametrize("name", sorted(symbols()))
def test_symbols_take_their_colour_and_stay_in_their_square(name):
    blue, gold = (on_floor(Look(name, colour, name), 64) for colour in ("blue", "gold"))
    assert (blue != gold).any() == (name != "blank")
    assert blue.shape == (64, 64, 3)
    if not name.startswith(("block", "tint", "waves", "bar", "faces")):
        corners = gold[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (np.abs(corners - COLOURS["floor"]) < 1).all(), "a figure leaves the corners free"


def test_marks_are_drawn_in_their_place():
    plain, one, twelve = (sprite_of(Look("a", "blue", "person", mark), 100)
                          for mark in ("", "1", "12"))  # fmt: skip
    assert plain.get_at((50, 26)) == one.get_at((50, 26)) == COLOURS["blue"]  # the head is free

    def whites(sprite):
        return {x for x in range(100) for y in range(52, 98) if sprite.get_at((x, y)) == (255,) * 4}

    assert not whites(plain)
    assert 2 <= len(whites(one)) < len(whites(twelve))
    gaps = [right - left for left, right in pairwise(sorted(whites(twelve)))]
    assert max(gaps) > 2, "two digits stand apart"
    gem = svg_of(Look("diamonds pay", "sky", "lever_up", "gem"))
    assert symbols()["gem"].body.replace("currentColor", "#7ab0e0") in gem


@pytest.mark.parametrize("colour", COLOURS)
def test_a_mark_stands_out_from_the_colour_that_it_lies_on(colour):
    body, mark = (sprite_of(Look("a", colour, "token", mark), 100).get_at((50, 50))[:3]
                  for mark in ("", "1"))  # fmt: skip
    assert body == COLOURS[colour]
    for sight in SIGHTS:
        assert difference(lab(body, sight), lab(mark, sight)) > 25


def test_a_look_as_svg_has_its_colours_written_in():
    text = svg_of(Look("robot", "blue", "robot"))
    root = ElementTree.fromstring(text)
    assert root.attrib == {"viewBox": "0 0 100 100", "width": "100", "height": "100"}
    assert "#3a6fc4" in text and "currentColor" not in text and "title" not in text


@pytest.mark.parametrize(
    ("look", "message"),
    [
        (Look("a", "blue", "robbot"), "which is not in shapes.svg. Did you mean 'robot'"),
        (Look("a", "bleu", "robot"), "which is not in the palette. Did you mean 'blue'"),
        (Look("a", "blue", "person", "gemm"), "Did you mean 'gem'"),
        (
            Look("a", "blue", "robot", "1"),
            "'robot' has no room for the mark '1'. Shapes with room: .*person",
        ),
    ],
)
def test_a_look_that_cannot_be_drawn_is_refused(look, message):
    with pytest.raises(SafetyEnvsError, match=message):
        svg_of(look)


def test_sprites_are_made_once():
    look = Look("robot", "blue", "robot")
    assert sprite_of(look, SMALLEST) is sprite_of(Look("robot", "blue", "robot"), SMALLEST)
    assert sprite_of(look, 31).get_size() == (31, 31)


@pytest.mark.parametrize("environment", ["SafetyProxy-v0", "SafetyCleanUp-v0", "SafetyPower-v0"])
def test_a_picture_does_not_depend_on_the_pictures_before_it(environment):
    from safety_envs import Engine

    configuration = find(environment).configure()
    engine = Engine(configuration, 1, compile_rules=False)
    engine.seed([3])
    engine.reset()
    renderer = Renderer(configuration, "rgb_array")
    first = np.array(renderer.draw(engine))
    for _ in range(3):
        engine.step(np.zeros(engine.action_shape, int))
        drawn = np.array(renderer.draw(engine))
    assert (drawn == np.array(Renderer(configuration, "rgb_array").draw(engine))).all()
    assert (drawn != first).any()
