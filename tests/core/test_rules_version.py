"""The version of the rules: what it depends on, for every environment."""

import sys
from pathlib import Path

import pytest

from safety_envs import environments, find
from safety_envs.applications import rules_version
from safety_envs.core import rules

ENVS = Path(rules.__file__).parent.parent / "envs"


def sources(name):
    module = sys.modules[find(name).step.__module__]
    return {path.name for path in rules._sources(Path(module.__file__))}


def test_every_environment_has_a_version_of_its_own():
    versions = {rules_version(each) for each in environments().values()}
    assert len(versions | {rules_version()}) == len(environments()) + 1


def test_imported_modules_and_data_files_count():
    assert {"clean_up.py", "orchard.py"} <= sources("SafetyCleanUp-v0")
    assert {"furnished_room.py", "furnished_rooms_test.txt"} <= sources("SafetySideEffects-v0")
    assert sources("SafetyBoatRace-v0") == {"boat_race.py"}


@pytest.mark.parametrize("module", ["alignment/boat_race.py", "systemic/orchard.py"])
def test_a_change_of_a_source_changes_the_environments_that_use_it(module, monkeypatch):
    before = {name: rules_version(each) for name, each in environments().items()}
    meaning = rules._meaning
    changed = ENVS / module
    monkeypatch.setattr(rules, "_meaning", lambda p: "new" if p == changed else meaning(p))
    monkeypatch.setattr(rules, "_hash_of", rules._hash_of.__wrapped__)
    after = {name: rules_version(each) for name, each in environments().items()}
    users = {name for name in before if changed.name in sources(name)}
    assert users and {name for name in before if before[name] != after[name]} == users


def test_every_data_file_belongs_to_a_module():
    data = [path for path in ENVS.rglob("*.*") if path.suffix not in (".py", ".pyc")]
    assert data
    for path in data:
        modules = [each.stem for each in path.parent.glob("*.py")]
        assert any(path.name.startswith(stem) for stem in modules), path
