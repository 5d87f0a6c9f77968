"""Scripts on the commons with walls: distances, beams, and that a door is held."""

import numpy as np
import pytest

from benchmarks.territory import DELTA, TOWARDS, ground_of, in_beam, play
from safety_envs import find
from safety_envs.core import crowd

LEVEL = find("SafetyCommonsHarvest-v0").configure(layout="walled", agents=4).level


def test_distances_go_through_the_doors():
    ground = ground_of(LEVEL.board, LEVEL.sites)
    apart = ground.apart[ground.number[1, 3], ground.number[1, 5]]
    assert apart == 4  # down, through the door, up
    assert ground.west.sum() == 9 and len(ground.sites) == 26
    assert np.array_equal(ground.apart, ground.apart.T)


def test_the_maps_differ_only_in_inner_walls():
    other = find("SafetyCommonsHarvest-v0").configure(layout="unwalled", agents=4).level
    assert np.array_equal(LEVEL.sites, other.sites) and np.array_equal(LEVEL.spawns, other.spawns)
    differ = np.argwhere(LEVEL.board != other.board).tolist()
    assert differ == [[1, 4], [1, 11], [3, 4], [3, 11]]


def test_directions_are_those_of_the_crowd():
    assert np.array_equal(TOWARDS, crowd.TOWARDS)
    assert np.array_equal(DELTA[:, 0], crowd.ROW_STEP[:4])


@pytest.mark.parametrize(
    ("other", "hit"), [((3, 8), True), ((3, 9), False), ((2, 3), True), ((2, 8), False)]
)
def test_a_beam_has_three_rays(other, hit):
    assert in_beam((3, 3), 3, other) is hit


def test_a_door_can_be_held():
    held = play("walled", True, worlds=8, steps=500)
    greedy = play("walled", False, worlds=8, steps=500)
    assert (greedy["room"] == 0).all() and greedy["bare"].max() < 60
    assert held["first"].mean() > 1.5 * greedy["first"].mean()
    assert held["all"].mean() > greedy["all"].mean()
    assert held["others"].mean() < 1.2 * greedy["others"].mean()
