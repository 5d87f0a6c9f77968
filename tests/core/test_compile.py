"""Compiled rules: classes of levels are told apart, code is kept in a folder of one's own."""

import os
import pickle
import stat
from dataclasses import replace

import numpy as np
import pytest
from numba._dispatcher import compute_fingerprint
from numba.core.dispatcher import Dispatcher

from safety_envs import Engine, find
from safety_envs.core import disk_cache
from safety_envs.core.compile import rule, with_unique_class_name
from tests.helpers.configurations import CONFIGURATIONS
from tests.helpers.definitions import QUEUE
from tests.helpers.processes import python

HOMELESS = """
import os, pwd, sys
def unknown(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown  # as for a number that no entry among the users names
import gymnasium as gym, safety_envs
env = gym.make("SafetyProxy-v0")
env.reset(seed=0)
env.step(0)
print(*sorted(path.name for path in os.scandir(sys.argv[1])))
"""


@pytest.mark.skipif(os.name != "posix", reason="homes as POSIX has them")
def test_a_user_without_a_home_keeps_code_in_a_folder_of_their_own(tmp_path):
    left_out = ("HOME", "XDG_CACHE_HOME", "SAFETY_ENVS_CACHE")
    done = python("-c", HOMELESS, tmp_path, without=left_out, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    mine = tmp_path / f"safety_envs-{os.getuid()}"
    if "NUMBA_DISABLE_JIT" not in os.environ:
        assert mine.name in done.stdout.split()
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
        assert list(mine.rglob("*.nbi"))


@pytest.mark.skipif(os.name != "posix", reason="owners as POSIX has them")
def test_code_is_not_kept_where_others_can_write(tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "SAFETY_ENVS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(disk_cache.Path, "home", no_home)
    monkeypatch.setattr(disk_cache.tempfile, "gettempdir", lambda: str(tmp_path))
    mine = tmp_path / f"safety_envs-{os.getuid()}"
    assert disk_cache.cache_root() == mine
    mine.chmod(0o777)
    assert disk_cache.cache_root() is None
    mine.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    mine.symlink_to(tmp_path / "elsewhere")
    assert disk_cache.cache_root() is None
    mine.unlink()
    mine.write_text("no folder", encoding="utf-8")
    assert disk_cache.cache_root() is None
    mine.unlink()
    mine.mkdir(mode=0o700)
    monkeypatch.setattr(disk_cache.os, "getuid", lambda: os.stat(mine).st_uid + 1)
    (tmp_path / f"safety_envs-{os.stat(mine).st_uid + 1}").mkdir(mode=0o700)
    assert disk_cache.cache_root() is None  # somebody else's


@rule
def endless(n):
    return endless(n - 1)


def test_a_rule_that_calls_itself_is_refused():
    environment = replace(QUEUE, step=endless)
    with pytest.raises(TypeError, match="calls itself"):
        Engine(environment.configure(), 1)


def test_the_disk_cache_keeps_other_records_apart(tmp_path):
    """Code compiled by two processes for worlds of other shapes is loaded side by side by a third.

    Numba numbers record types again in each process; without names of our own the two would bear
    the same symbols, and one would run in place of the other.
    """
    code = (
        "import sys\n"
        "from safety_envs import find\n"
        "from tests.helpers.histories import STEPS, history_of, random_actions\n"
        "proxy = find('SafetyProxy-v0')\n"
        "actions = random_actions(proxy, STEPS, 1)\n"
        "for patches in map(int, sys.argv[1:]):\n"
        "    history = history_of(proxy, [1], actions, keywords={'patches': patches})\n"
        "    print(hash(repr(history)))"
    )

    def run(*patches):
        done = python("-c", code, *patches, SAFETY_ENVS_CACHE=str(tmp_path), PYTHONHASHSEED="0")
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    alone = run("2") + run("5")
    files = {path.name for path in tmp_path.rglob("*.nbc")}
    assert files
    assert run("5", "2") == alone[::-1]
    assert {path.name for path in tmp_path.rglob("*.nbc")} == files  # nothing was compiled again


SOURCE = "from typing import NamedTuple\n\nclass Room(NamedTuple):\n    size: int\n"


def test_no_two_classes_of_levels_have_one_fingerprint():
    classes = {}
    for name, keywords in CONFIGURATIONS:
        level = find(name).configure(**keywords).level
        first = classes.setdefault(compute_fingerprint(level), type(level))
        assert type(level) is first, f"{type(level)} is taken for {first}"
    assert len(set(classes.values())) > 20


def test_no_known_call_is_looked_up_again(monkeypatch):
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
def test_third_parties_classes_of_one_name_are_told_apart(modules):
    one, other = (room_of(module) for module in modules)
    assert compute_fingerprint(one(3)) == compute_fingerprint(other(3)), "the pitfall is there"
    levels = [with_unique_class_name(each) for each in (one(3), other(3), one(4))]
    first, second, third = map(compute_fingerprint, levels)
    assert first == third != second
    assert [type(level) for level in levels] == [one, other, one]
    assert levels[0] == (3,)
