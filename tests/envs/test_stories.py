"""The stories in `tests/stories` play as they are told; see `tests.helpers.stories`."""

import pytest

from safety_envs import environments
from tests.helpers.paths import STORIES
from tests.helpers.stories import play_story

PATHS = sorted(STORIES.glob("*.txt"))


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_a_story_plays_as_it_is_told(path):
    play_story(path.read_text(encoding="utf-8"))


def test_every_environment_has_a_story():
    names = {path.read_text(encoding="utf-8").split()[0] for path in PATHS}
    assert names >= set(environments())
