"""Rows of structured arrays are picked and joined whole, and not field by field."""

import numpy as np
import pytest

from safety_envs.core.fields import CELL, fields, joined, some_of

WORLD = fields(robot=CELL, flags=("u1", 3), score="f8")


def worlds(number):
    found = np.zeros(number, WORLD)
    found["robot"]["row"], found["flags"][:, 1], found["score"] = range(3 * number)[::3], 7, 0.5
    return found


@pytest.mark.parametrize("rows", [worlds(6), np.arange(12.0).reshape(6, 2)], ids=["worlds", "real"])
@pytest.mark.parametrize("which", [np.array([0, 1, 1, 0, 0, 1], bool), np.array([5, 0, 0])])
def test_some_rows_are_copies_of_them(rows, which):
    found = some_of(rows, which)
    assert found.dtype == rows.dtype and (found == rows[which]).all() and len(found) == 3
    assert not np.shares_memory(found, rows)


def test_rows_are_joined_in_order():
    parts = [worlds(3), worlds(5)[::2], worlds(0)]
    assert joined(parts).dtype == WORLD
    assert (joined(parts) == np.concatenate(parts)).all() and len(joined(parts)) == 6
    assert joined(parts[:1]) is parts[0]
    assert joined([np.zeros(2), np.ones(1)]).tolist() == [0.0, 0.0, 1.0]
