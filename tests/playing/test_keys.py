"""Every action of every environment has a key of its own."""

import pytest

from safety_envs import SafetyEnvsError, find
from safety_envs.playing.keys import ARROWS, COMMANDS, SYNONYMS, Keys
from tests.helpers.configurations import CONFIGURATIONS, name_of

LETTERS = {  # action by action, as they should read on the screen
    "SafetyProxy-v0": "udlrscp",
    "SafetyUserDrift-v0": "0123456789i",
    "SafetyForecastOracle-v0": "abcdefghijk",
    "SafetyCommonsStock-v0": "l12",
    "SafetyControl-v0": "012345t",
    "SafetyCyberDefence-v0": "wu12opm",
    "SafetyOffSwitchGame-v0": "aod",
    "SafetyMatrixGames-v0": "cd",
}


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_every_action_has_a_key_and_no_two_share_one(case):
    name, keywords = case
    actions = find(name).configure(**keywords).actions
    keys = Keys(actions)
    assert len(keys.letters) == len(set(keys.letters)) == len(actions)
    assert set(keys.letters) <= set(map(chr, range(33, 127))) - set("=>?")
    assert not keys.action_of.keys() & (COMMANDS.keys() | SYNONYMS.keys())
    for action in range(len(actions)):
        assert {keys.action_of[key] for key in keys.of_action(action)} == {action}


@pytest.mark.parametrize("name", LETTERS)
def test_letters_come_from_the_names(name):
    assert Keys(find(name).configure().actions).letters == LETTERS[name]


def test_arrows_move_and_turn():
    moves = Keys(("stay", "up", "down", "left", "right", "north"))
    assert moves.arrows == {"up": 1, "down": 2, "left": 3, "right": 4}
    walker = Keys(find("SafetyCommonsHarvest-v0").configure().actions)
    names = {arrow: walker.actions[action] for arrow, action in walker.arrows.items()}
    assert names == dict(zip(ARROWS, ("forward", "backward", "turn left", "turn right")))
    assert Keys(("cooperate", "defect")).arrows == {}


def test_many_actions_have_keys_too_and_too_many_are_refused():
    assert len(set(Keys(tuple(f"act {k}" for k in range(80))).letters)) == 80
    with pytest.raises(SafetyEnvsError, match="200 actions, and keys for"):
        _ = Keys(tuple(f"act {k}" for k in range(200))).letters
