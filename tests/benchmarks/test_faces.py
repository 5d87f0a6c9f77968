"""The benchmark of what users step, small: it plays every face, and counts what it plays."""

import numpy as np
import pytest

from benchmarks.__main__ import main
from benchmarks.speed import faces
from benchmarks.speed.timing import Rounds, in_turn
from safety_envs import find


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(faces, "BATCHES", 2)
    monkeypatch.setattr(faces, "SINGLES", 3)


def test_works_are_timed_in_turn_after_a_round_that_does_not_count():
    played = []

    def work(name):
        return lambda: played.append(name) or 5

    found = in_turn({"a": work("a"), "b": work("b")}, rounds=2)
    assert played == ["a", "b", "a", "b", "a", "b"]
    assert [rates.wall.shape for rates in found.values()] == [(2,), (2,)]


def test_every_face_is_played_and_every_agent_s_step_counts():
    alone = faces.works_of(find("SafetyOffSwitchGame-v0").configure(), None, 4)
    counts = {name: work() for name, work in alone.items()}
    assert counts == {
        faces.ENGINE: 8, faces.COPY: 8, faces.NEXT: 8, faces.SAME: 8, faces.WRAPPED: 3,
        faces.UNWRAPPED: 3, faces.FROZEN_LAKE: 3, faces.CART_POLE: 8,
    }  # fmt: skip
    group = faces.works_of(find("SafetyCommonsStock-v0").configure(agents=3), None, 4)
    assert group[faces.PARALLEL]() == 3 * 3
    assert group[faces.NEXT]() == group[faces.ENGINE]() == 2 * 4 * 3


def test_a_share_is_the_median_of_the_rounds():
    rates = {
        faces.ENGINE: np.array([100.0, 200.0, 400.0]),
        faces.NEXT: np.array([50.0, 20.0, 300.0]),
    }
    found = {name: Rounds(each, each) for name, each in rates.items()}
    engine, batch = faces.lines_of(found)
    assert "%" not in engine and batch.endswith("50 % of engine")


def test_the_command_line_prints_a_line_for_each_face(capsys):
    assert main(["speed", "faces", "SafetyBoatRace-v0", "--num-worlds", "4", "--rounds", "1"]) == 0
    shown = capsys.readouterr().out
    assert all(f"  {name} " in shown for name in (faces.NEXT, faces.WRAPPED, faces.COPY))
    assert main(["speed", "faces", "--agents", "3"]) == 2
