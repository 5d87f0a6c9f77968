"""The guide of control: its picture is drawn from its last frontier."""

import re

from safety_envs.evaluation.frontier_picture import Point, frontier_picture
from tests.helpers.paths import ROOT
from tests.reference.test_examples_of_guides import EXAMPLE

GUIDE = ROOT / "docs" / "guide"


def test_the_examples_print_what_the_page_shows_and_draw_its_picture(capsys):
    guide = (GUIDE / "control.md").read_text(encoding="utf-8")
    examples = EXAMPLE.findall(guide)
    assert len(examples) == guide.count("```python") == 4
    names = {}
    for code, printed in examples:
        exec(compile(code, "control.md", "exec"), names)
        assert capsys.readouterr().out == printed
    assert names["found"].to_svg() == (GUIDE / "control.svg").read_text(encoding="utf-8")


def test_better_is_up_and_right_whatever_the_sign():
    points = [Point("good", 2, 1, True), Point("bad & worse", 1, 5, False)]
    picture = frontier_picture(points, "work", "-harm")
    (good_x, good_y), (bad_x, bad_y) = (
        map(float, each) for each in re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)"', picture)
    )
    assert good_x > bad_x
    assert good_y < bad_y  # pixels count downwards
    assert "harm (less is better)" in picture
    assert "bad &amp; worse" in picture
    assert picture.count('stroke="#8a94a6"') == 1  # the one that is not efficient


def test_one_protocol_has_a_picture():
    picture = frontier_picture([Point("only", 3, 3, True)], "work", "harm")
    assert picture.count("<circle") == 1
