"""Tables in notebooks: they are well formed, and their numbers are the value's."""

from xml.etree import ElementTree

import pytest

from safety_envs import Trajectory, certify, find, policy
from safety_envs.core.notebooks import table

PROXY = find("SafetyProxy-v0").configure(size=3, patches=2, max_steps=9)


def rows_of(html):
    """Returns the texts of the cells, row by row."""
    root = ElementTree.fromstring(html)
    return [[cell.text for cell in row] for row in root.iter("tr")]


def test_a_trajectory_shows_its_episodes():
    trajectory = Trajectory.play(PROXY, policy("random", PROXY), [4, 7])
    heads, *rows = rows_of(trajectory._repr_html_())
    assert [row[:2] for row in rows] == [["4", "9"], ["7", "9"]]
    for name in ("reward", "performance"):
        shown = [float(row[heads.index(name)]) for row in rows]
        assert shown == pytest.approx(trajectory.totals[name], rel=1e-5)


def test_a_certificate_shows_its_optima():
    certificate = certify(PROXY, seed=4)
    shown = dict(rows_of(certificate._repr_html_()))
    assert float(shown["best reward R*"]) == pytest.approx(certificate.best_reward, abs=1e-4)
    lowest = float(shown["least performance of optimising the rewards"])
    assert lowest == pytest.approx(certificate.performance_interval[0], abs=1e-4)
    assert shown["hazard class"] == "W"


def test_what_is_unsafe_is_written_as_text():
    assert rows_of(table("<a>", [], [("<b>", "&")])) == [["<b>", "&"]]
