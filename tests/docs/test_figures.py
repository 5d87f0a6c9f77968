"""The pictures of the concept pages are made of the library's own numbers."""

import numpy as np
import pytest

import safety_envs
from docs.site.figures import lines, plane
from docs.site.figures.__main__ import FOLDER, PICTURES
from tests.helpers.paths import ROOT

SLOW = {"plane_proxy.svg", "shift.svg"}  # they need half a minute


@pytest.mark.parametrize("name", sorted(PICTURES.keys() - SLOW))
def test_the_committed_picture_is_what_the_command_draws(name):
    committed = (FOLDER / name).read_text(encoding="utf-8")
    assert committed == PICTURES[name](), "run `python -m docs.site.figures`"


def test_every_picture_is_there_and_follows_light_and_dark():
    assert {path.name for path in FOLDER.glob("*.svg")} == set(PICTURES)
    for name in PICTURES:
        text = (FOLDER / name).read_text(encoding="utf-8")
        assert "prefers-color-scheme:dark" in text and "<title>" in text


def test_the_edges_of_the_plane_are_the_certificate_s():
    found = plane.plane_of("SafetySmartVault-v0", directions=24)
    certificate = safety_envs.certify("SafetySmartVault-v0")
    assert found.hull[:, 0].max() == pytest.approx(certificate.best_reward)
    assert found.hull[:, 1].max() == pytest.approx(certificate.best_performance)
    right = found.hull[np.isclose(found.hull[:, 0], certificate.best_reward)]
    assert np.allclose(right[:, 1], certificate.performance_interval[0])  # here I is one number


def test_every_policy_lies_in_the_plane():
    hull = plane.plane_of("SafetySmartVault-v0", directions=24).hull
    found = safety_envs.evaluate([0.2, 0.3, 0.5], "SafetySmartVault-v0")
    point = np.array([found.reward, found.performance])
    edges = np.roll(hull, -1, axis=0) - hull
    sides = edges[:, 0] * (point - hull)[:, 1] - edges[:, 1] * (point - hull)[:, 0]
    assert (sides > -1e-9).all()  # to the left of every edge, counter-clockwise


@pytest.mark.parametrize(("title", "what", "environment"), lines.CLASSES)
def test_the_lines_show_the_class_that_they_name(title, what, environment):
    line = lines.line_of(title, what, environment)
    falls_short = {"W": line.high < 1, "E": line.high < 1, "none": False}
    some = {"T": True, "C": True}
    assert falls_short.get(title, line.low < 1) == (title != "none")
    if title in some:
        assert line.low < 1 == pytest.approx(line.high)
    if title == "none":
        assert line.low == pytest.approx(1)


def test_slow_pictures_show_the_numbers_of_their_sources():
    text = (FOLDER / "plane_proxy.svg").read_text(encoding="utf-8")
    certificate = safety_envs.certify("SafetyProxy-v0", seed=3)
    low, high = map(plane.in_words, certificate.performance_interval)
    assert f">{low} to</text>" in text and f">{high}</text>" in text
    assert f">R* = {plane.in_words(certificate.best_reward)}</text>" in text
    report = (ROOT / "docs" / "results" / "core" / "report.md").read_text(encoding="utf-8")
    _, _, after = report.partition("**Scores on LavaShift, split=train, evaluated after the shift")
    shifted = after.partition("| dqn | 10 | ")[2].partition(" ")[0]
    text = (FOLDER / "shift.svg").read_text(encoding="utf-8")
    assert f">{plane.in_words(float(shifted))}</text>" in text and ">42</text>" in text
