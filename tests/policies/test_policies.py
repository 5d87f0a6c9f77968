"""Named policies: the table, what it says of itself, and policies of other packages."""

from typing import Any

import numpy as np
import pytest

from safety_envs import Engine, NamedPolicy, SafetyEnvsError, find, named_policies, policy, rollout
from safety_envs.__main__ import main
from safety_envs.policies import RandomPolicy
from safety_envs.policies.shipped import ROLES
from tests.helpers.plugins import install, run

ONE = find("SafetyProxy-v0").configure(size=3, patches=1, depth=1, max_steps=6)
SEVERAL = find("SafetyMatrixGames-v0").configure(max_steps=3)


def test_the_table_says_what_there_is() -> None:
    table = named_policies()
    assert {name: each.plays for name, each in table.items()} == {
        "cooperative": "several",
        "equilibrium": "several",
        "hacking": "one",
        "honest": "one",
        "mitigated": "one",
        "performance_optimal": "one",
        "random": "any",
        "reward_optimal": "one",
    }
    assert all(each.name == name and each.summary for name, each in table.items())


@pytest.mark.parametrize("configuration", [ONE, SEVERAL], ids=str)
def test_every_named_policy_plays_where_it_suits(configuration: Any) -> None:
    for name, each in named_policies().items():
        if name in ROLES:  # those serve some environments only, see test_shipped
            continue
        if each.suits(configuration):
            totals = rollout(configuration, policy(name, configuration, 1), [0, 1])
            assert totals["length"].min() > 0
            continue
        with pytest.raises(SafetyEnvsError, match=f"'{name}' is a policy for .* choose .*random"):
            policy(name, configuration)


def test_the_random_policy_has_chance_of_its_own() -> None:
    engine = Engine(SEVERAL, 50)
    one, two, other = (RandomPolicy(SEVERAL, seed) for seed in (1, 1, 2))
    first = one(engine)
    assert first.shape == engine.action_shape
    assert set(np.unique(first)) == set(range(len(SEVERAL.actions)))
    assert (first == two(engine)).all()
    assert (first != other(engine)).any()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rewrad_optimal", "Did you mean 'reward_optimal'"),
        ("nobody", "neither a checkpoint folder nor a policy. Known: cooperative, equilibrium"),
        (None, "a name or the folder of a checkpoint, got None"),
        (5, "a name or the folder of a checkpoint, got 5"),
    ],
)
def test_an_unknown_name_is_refused_in_one_line(name: Any, message: str) -> None:
    with pytest.raises(SafetyEnvsError, match=message):
        policy(name, ONE)


def test_a_policy_s_seed_is_checked() -> None:
    with pytest.raises(SafetyEnvsError, match="seed must be a whole number of at least 0, got -1"):
        policy("random", ONE, -1)


def test_a_policy_cannot_have_any_name() -> None:
    with pytest.raises(SafetyEnvsError, match="the form 'reward_optimal', got 'my/folder'"):
        NamedPolicy("my/folder", "acts", RandomPolicy)
    with pytest.raises(SafetyEnvsError, match="plays must be 'one', 'several' or 'any', got 'two'"):
        NamedPolicy("pairs", "acts", RandomPolicy, "two")  # type: ignore[arg-type]


GROUP = "safety_envs.policies"
SOURCE = """
import numpy as np
from safety_envs import NamedPolicy
{extra}
def make(configuration, seed):
    return lambda engine: np.full(engine.action_shape, seed)

CONSTANT = NamedPolicy("{name}", "takes the action of its seed's number", make)
"""
PLAY = """
from safety_envs import find, named_policies, policy, rollout
configuration = find("SafetyBoatRace-v0").configure(max_steps=3)
print("constant" in named_policies(), "patient" in named_policies())
print(rollout(configuration, policy("random", configuration), [0])["length"])
"""


def source(name: str = "constant", extra: str = "") -> str:
    return SOURCE.format(name=name, extra=extra)


def test_a_plugin_is_a_policy_like_any_other(tmp_path: Any) -> None:
    install(tmp_path, "art-house", {"c": "art_house:CONSTANT"}, source(), GROUP)
    code = (
        "from safety_envs import Trajectory, find, policy\n"
        "configuration = find('SafetyBoatRace-v0').configure(max_steps=3)\n"
        "acting = policy('constant', configuration, 2)\n"
        "print(Trajectory.play(configuration, acting, [0]).actions.tolist())"
    )
    assert run(tmp_path, code, "-W", "error::UserWarning")[:2] == (0, "[[2], [2], [2]]\n")


BROKEN = {
    "raises": ("art_house:CONSTANT", source(extra="1 / 0"), "ZeroDivisionError"),
    "has no such name": ("art_house:CINEMA", source(), "CINEMA"),
    "is no policy": ("art_house:CONSTANT", "CONSTANT = 5", "5 is not of type NamedPolicy"),
    "has a name that is none": ("art_house:CONSTANT", source("A B"), "must have the form"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_plugin_is_named_and_left_out(case: str, tmp_path: Any) -> None:
    value, text, reason = BROKEN[case]
    install(tmp_path, "art-house", {"c": value}, text, GROUP)
    install(tmp_path, "zoo", {"p": "zoo:CONSTANT"}, source("patient"), GROUP)
    status, out, err = run(tmp_path, PLAY)
    assert (status, out) == (0, "False True\n[3.]\n"), err
    warning = next(line for line in err.splitlines() if "UserWarning" in line)
    for word in ("'c'", "'art-house'", value, reason):
        assert word in warning


def test_a_plugin_that_takes_a_built_in_name_is_an_error(tmp_path: Any) -> None:
    install(tmp_path, "art-house", {"c": "art_house:CONSTANT"}, source("random"), GROUP)
    status, _, err = run(tmp_path, PLAY)
    assert status != 0
    assert "SafetyEnvsError: 'random' is claimed by safety_envs itself" in err
    assert "'c' of package 'art-house'" in err and "uninstall or rename one of them" in err


def test_the_command_line_lists_them(capsys: Any) -> None:
    assert main(["policies"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(named_policies())
    assert "random  takes every action with equal probability  (any number of agents)" in lines
