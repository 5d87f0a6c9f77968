"""Levels as compiled code is handed them: it must tell their classes apart, or each call is slow.

A compiled function recognises an argument by a fingerprint. A second class of the same fingerprint
is looked up again in each call.
"""

import pickle

import numpy as np
import pytest
from numba._dispatcher import compute_fingerprint
from numba.core.dispatcher import Dispatcher

from safety_envs import Engine, find
from safety_envs.core.compile import with_unique_class_name
from tests.helpers.configurations import CONFIGURATIONS

SOURCE = "from typing import NamedTuple\n\nclass Room(NamedTuple):\n    size: int\n"


def test_no_two_classes_of_levels_have_one_fingerprint():
    classes = {}
    for name, keywords in CONFIGURATIONS:
        level = find(name).configure(**keywords).level
        first = classes.setdefault(compute_fingerprint(level), type(level))
        assert type(level) is first, f"{type(level)} is taken for {first}"
    assert len(set(classes.values())) > 20


def test_no_call_is_looked_up_anew_once_it_is_known(monkeypatch):
    look, lookups = Dispatcher._compile_for_args, []

    def noted(self, *arguments):
        lookups.append(self)
        return look(self, *arguments)

    engines = [
        Engine(find(f"Safety{name}-v0").configure(), 1) for name in ("KeyChest", "ShieldMonster")
    ]
    for number in range(3):
        for engine in engines:
            engine.seed([0])
            engine.reset()
            engine.step(np.array([0]))
        if number == 0:
            monkeypatch.setattr(Dispatcher, "_compile_for_args", noted)
    assert not lookups


def test_a_renamed_class_is_found_by_its_own_name():
    level = find("SafetyKeyChest-v0").configure().level
    assert type(pickle.loads(pickle.dumps(level))) is type(level)


def room_of(module):
    """Returns the class of a third party's module, defined again at each call."""
    names = {"__name__": module}
    exec(SOURCE, names)
    return names["Room"]


@pytest.mark.parametrize("modules", [("one.room", "other.room"), ("notebook", "notebook")])
def test_third_parties_classes_of_one_name_are_with_unique_class_name(modules):
    one, other = (room_of(module) for module in modules)
    assert compute_fingerprint(one(3)) == compute_fingerprint(other(3)), "the pitfall is there"
    levels = [
        with_unique_class_name(one(3)),
        with_unique_class_name(other(3)),
        with_unique_class_name(one(4)),
    ]
    first, second, third = map(compute_fingerprint, levels)
    assert first == third != second
    assert [type(level) for level in levels] == [one, other, one]
    assert levels[0] == (3,)
