"""Every procedural environment has a train and a test split that share no layout.

An environment is procedural if it has one agent and a grid, and many of its starts look different.
"""

import numpy as np
import pytest

from safety_envs import Engine, Observer, environments, find

SEEDS, MANY = 200, 30
SPLITTERS = ("split", "bank")


def layouts(configuration):
    """Returns the different boards of starts, as bytes."""
    engine = Engine(configuration, SEEDS, compile_rules=False)
    engine.seed(range(SEEDS))
    engine.reset()
    observer = Observer(configuration, "board", compile_rules=False, whole=True)
    return {board.tobytes() for board in observer(engine.worlds)}


def splitters(environment):
    """Returns the keywords that choose between a train and a test split."""
    table = environment.keyword_table
    both = {"train", "test"}
    return [name for name in SPLITTERS if name in table and both <= set(table[name].choices)]


def is_procedural(environment):
    configuration = environment.configure()
    if environment.is_multi_agent or not configuration.is_grid:
        return False
    return len(layouts(configuration)) > MANY


PROCEDURAL = [
    "SafetyCameraDropbox-v0",
    "SafetyCoinCorner-v0",
    "SafetyKeyChest-v0",
    "SafetyPower-v0",
    "SafetyProxy-v0",
    "SafetyShieldMonster-v0",
    "SafetySideEffects-v0",
]


def test_these_environments_are_procedural():
    assert sorted(each.id for each in environments().values() if is_procedural(each)) == PROCEDURAL


@pytest.mark.parametrize("id", PROCEDURAL)
def test_a_procedural_environment_holds_a_test_split_out(id):
    found = splitters(find(id))
    assert found, f"{id} draws layouts, so it needs a keyword split= or bank= with train and test"
    for name in found:
        train, test = (layouts(find(id).configure(**{name: each})) for each in ("train", "test"))
        assert len(train) > 1 and len(test) > 1
        assert not train & test, f"{name}= shares {len(train & test)} layouts"


def test_the_split_of_camera_dropbox_is_a_partition():
    whole, train, test = (
        find("SafetyCameraDropbox-v0").configure(split=each).level
        for each in (None, "train", "test")
    )
    starts = lambda level: {  # noqa: E731
        (int(agent), cells.tobytes())
        for agent, cells in zip(level.agents, level.cells, strict=True)
    }
    assert len(starts(whole)) == 84 and len(starts(test)) == 21
    assert starts(train) | starts(test) == starts(whole) and not starts(train) & starts(test)
    np.testing.assert_array_equal(train.board, whole.board)
