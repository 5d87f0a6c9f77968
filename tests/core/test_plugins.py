"""Environments of other packages: found by entry points; broken ones are named and left out."""

import pytest

from tests.helpers.plugins import install, run

GOOD = """
from dataclasses import replace
from safety_envs.envs.alignment.boat_race import SAFETY_BOAT_RACE
{extra}
MUSEUM = replace(SAFETY_BOAT_RACE, id="{id}")
"""


def source(id="SafetyMuseum-v0", extra=""):
    return GOOD.format(id=id, extra=extra)


def test_a_plugin_is_an_environment_like_any_other(tmp_path):
    install(tmp_path, "art-house", {"museum": "art_house:MUSEUM"}, source())
    code = (
        "import gymnasium as gym, safety_envs; env = gym.make('SafetyMuseum-v0'); "
        "env.reset(seed=0); env.step(0); print(safety_envs.find('SafetyMuseum-v0').id)"
    )
    assert run(tmp_path, code, "-W", "error::UserWarning")[:2] == (0, "SafetyMuseum-v0\n")


def test_a_plugin_may_be_imported_before_this_package(tmp_path):
    install(tmp_path, "art-house", {"museum": "art_house:MUSEUM"}, source())
    code = (
        "import art_house, safety_envs, gymnasium as gym; "
        "assert safety_envs.find('SafetyMuseum-v0') is art_house.MUSEUM; "
        "gym.make('SafetyMuseum-v0').reset(seed=0); print('well')"
    )
    assert run(tmp_path, code, "-W", "error::UserWarning")[:2] == (0, "well\n")


BROKEN = {
    "raises": ("art_house:MUSEUM", source(extra="1 / 0"), "ZeroDivisionError"),
    "needs what is not there": ("art_house:MUSEUM", source(extra="import not_there"), "not_there"),
    "does not parse": ("art_house:MUSEUM", "def", "SyntaxError"),
    "ends the process": ("art_house:MUSEUM", "raise SystemExit(3)", "SystemExit: 3"),
    "has no such name": ("art_house:CINEMA", source(), "CINEMA"),
    "has no such module": ("opera_house:MUSEUM", source(), "opera_house"),
    "is no environment": ("art_house:MUSEUM", "MUSEUM = 5", "5 is not of type Environment"),
    "has an id that is none": ("art_house:MUSEUM", source(id="Museum"), "SafetyName-v0"),
    "is no reference": ("art house?", source(), "art house?"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named_and_left_out(case, tmp_path):
    value, text, reason = BROKEN[case]
    install(tmp_path, "art-house", {"museum": value}, text)
    install(tmp_path, "zoo", {"lion": "zoo:MUSEUM"}, source(id="SafetyLion-v0"))
    code = (
        "import gymnasium as gym, safety_envs; "
        "print('SafetyMuseum-v0' in safety_envs.environments(), 'SafetyLion-v0' in gym.registry, "
        "'SafetyProxy-v0' in gym.registry)"
    )
    status, out, err = run(tmp_path, code)
    assert (status, out) == (0, "False True True\n"), err
    warning = next(line for line in err.splitlines() if "UserWarning" in line)
    for word in ("'museum'", "'art-house'", value, reason):
        assert word in warning


DISPUTE = """
import gymnasium as gym, safety_envs
from safety_envs import SafetyEnvsError
doors = {{
    "find": lambda: safety_envs.find({id!r}),
    "make": lambda: gym.make({id!r}),
    "make_vec": lambda: gym.make_vec({id!r}, num_envs=2),
    "sb3": lambda: safety_envs.sb3_vec_env({id!r}, 2),
    "certify": lambda: safety_envs.certify({id!r}),
}}
for door, enter in doors.items():
    try:
        enter()
        print(door, "opens")
    except SafetyEnvsError as error:
        print(error)
print(safety_envs.find("SafetySmartVault-v0").id)
print(safety_envs.environments()[{id!r}].step.__module__)
"""


def test_a_plugin_does_not_replace_what_is_built_in(tmp_path):
    install(tmp_path, "art-house", {"museum": "art_house:MUSEUM"}, source(id="SafetyProxy-v0"))
    status, out, err = run(tmp_path, DISPUTE.format(id="SafetyProxy-v0"))
    assert status == 0, err
    *refused, other, kept = out.splitlines()
    assert len(refused) == 5
    for line in refused:
        assert "'SafetyProxy-v0' is claimed by safety_envs itself" in line
        assert "'museum' of package 'art-house'" in line
    assert other == "SafetySmartVault-v0"
    assert kept == "safety_envs.envs.alignment.proxy"
    assert "'SafetyProxy-v0' is claimed by" in err  # already on import, as a warning


def test_of_two_plugins_with_one_id_neither_is_used(tmp_path):
    for package in ("art-house", "opera-house"):
        module = package.replace("-", "_")
        install(tmp_path, package, {"museum": f"{module}:MUSEUM"}, source())
    status, out, err = run(tmp_path, DISPUTE.format(id="SafetyMuseum-v0"))
    assert status == 0, err
    for line in out.splitlines()[:5]:
        assert "'art-house'" in line and "'opera-house'" in line


def test_one_definition_under_two_names_is_no_dispute(tmp_path):
    names = {
        "museum": "art_house:MUSEUM",
        "gallery": "art_house:MUSEUM",
        "boat": "art_house:SAFETY_BOAT_RACE",
    }
    install(tmp_path, "art-house", names, source())
    code = (
        "from safety_envs import find; "
        "print(find('SafetyMuseum-v0').id, find('SafetyBoatRace-v0').id)"
    )
    done = run(tmp_path, code, "-W", "error::UserWarning")
    assert done[:2] == (0, "SafetyMuseum-v0 SafetyBoatRace-v0\n"), done[2]
