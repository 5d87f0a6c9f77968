"""Videos are refused where there is nothing to show."""

from functools import partial

import numpy as np
import pytest

from safety_envs.render.video import beside, write_video
from tests.helpers.refusals import assert_refused

FILM = [np.zeros((4, 4, 3), np.uint8)]
CASES = {
    "a film without frames": (partial(write_video, [], "film.gif", 6), "at least one frame"),
    "no films": (partial(beside, []), "nothing to show"),
    "films without frames": (partial(beside, [FILM, []]), "nothing to show"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_films_without_frames_are_refused_in_one_line(case):
    assert_refused(*CASES[case])
