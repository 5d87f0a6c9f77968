"""Maps of characters are checked when they are read."""

import pytest

from safety_envs.core.board import parse_map
from tests.helpers.refusals import assert_refused

CASES = {
    "empty map": (lambda: parse_map("\n"), "map is empty"),
    "ragged map": (lambda: parse_map("####\n#A#"), "row 1 of the map has 3 cells, row 0 has 4"),
    "unknown character": (lambda: parse_map("##\n#?", "#A "), r"'\?' at row 1, column 1 of the map"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_map_is_refused_in_one_line(case):
    assert_refused(*CASES[case])
