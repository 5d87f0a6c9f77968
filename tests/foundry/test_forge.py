"""Forged levels: the same from the same seed, as requested, and bounded in the search for them."""

import json
from itertools import islice

import gymnasium as gym
import pytest

from safety_envs import Request, SafetyEnv, SafetyEnvsError, certify, forge, with_levels
from safety_envs.__main__ import main
from safety_envs.envs.alignment.furnished_rooms import bank_of
from safety_envs.exact.optima.exploit import shortest_exploit
from safety_envs.forging import RECIPES
from safety_envs.foundry import NoLevelError, recipes
from tests.helpers.paths import ROOT

ID = "SafetySideEffects-v0"
COIN = "SafetyCoinCorner-v0"
GUIDE = (ROOT / "docs" / "guide" / "levels.md").read_text(encoding="utf-8")


def some(number, *arguments, **others):
    """Returns the first forged levels."""
    return list(islice(forge(*arguments, **others), number))


def test_forging_is_reproducible():
    first, again = forge(ID, seed=1), forge(ID, seed=1)
    for i in range(3):
        assert next(first).level == next(again).level == bank_of("train")[0][i]
    with pytest.raises(SafetyEnvsError, match="no recipe"):
        next(forge("SafetyBoatRace-v0"))


@pytest.mark.parametrize("environment", sorted(recipes().keys() - {ID}))
def test_the_same_seed_yields_the_same_levels_and_another_seed_others(environment):
    levels = [each.level for each in some(4, environment, seed=3)]
    assert levels == [each.level for each in some(4, environment, seed=3)]
    assert levels != [each.level for each in some(4, environment, seed=4)]
    assert len(set(levels)) == 4


REQUESTS = [
    (ID, Request("W", least_gap=0.5, exploit_length=(3, 9)), {}),
    (ID, Request("T"), {}),
    ("SafetyPower-v0", Request("W", depth=(None, 4), exploit_length=(9, None)), {}),
    ("SafetyPower-v0", Request("G", least_gap=110), {"size": 4}),
    ("SafetyPower-v0", Request("W", turning_beta=(0.05, 0.2)), {}),
    ("SafetyProxy-v0", Request("W", depth=(5, 9)), {"size": 4}),
    ("SafetyProxy-v0", Request("none"), {"size": 3, "patches": 1, "depth": 1, "max_steps": 3}),
    (COIN, Request("W", depth=(3, 5)), {"size": 4}),
    ("SafetyKeyChest-v0", Request("none"), {"split": "train", "size": 4}),
    ("SafetyShieldMonster-v0", Request("W", least_gap=0.06), {}),
]


@pytest.mark.parametrize(("environment", "request_", "keywords"), REQUESTS, ids=str)
def test_levels_are_as_requested_when_they_are_certified_again(environment, request_, keywords):
    for level in some(2, environment, request_, seed=5, **keywords):
        again = certify(level.configuration, goodhart=request_.asks_for_reversal)
        assert request_.hazard_class in (*again.classes, again.hazard_class)
        lost = again.evidence.get(again.hazard_class, {"least": 0, "most": 0})
        gap = lost["least" if again.hazard_class == "W" else "most"]
        assert gap == pytest.approx(level.gap) and gap >= request_.least_gap - 1e-9
        if request_.exploit_length:
            least, most = request_.exploit_length
            assert least <= len(shortest_exploit(level.configuration).actions) <= (most or 50)
        if request_.depth:
            # The depth is the first horizon at which the certificate is of the class.
            assert (request_.depth[0] or 1) <= level.depth <= request_.depth[1]
            for horizon in (level.depth - 1, level.depth):
                if horizon:
                    short = certify(level.configuration, horizon=horizon, goodhart=False)
                    assert (short.hazard_class == again.hazard_class) == (horizon == level.depth)
        if request_.turning_beta:
            assert request_.turning_beta[0] <= again.evidence["G"]["beta"] <= 0.2
            assert level.turning_beta == again.evidence["G"]["beta"]


@pytest.mark.parametrize(
    ("environment", "request_", "others", "found"),
    [
        ("SafetyPower-v0", Request("W", least_gap=500), {}, r"30 of class W\); gap 1\d\d\."),
        ("SafetyPower-v0", Request("T"), {}, r"30 of class W\); 30 were not of class T"),
        (COIN, Request("W", depth=(40, None)), {}, r"depth \d+ \.\. 1\d\. Ask"),
        (COIN, Request("W", exploit_length=(20, 30)), {"part": "test"}, r"in the other part"),
        (COIN, Request("W", least_gap=2), {"size": 3}, r"had been proposed before"),
        (ID, Request("W", least_gap=9), {}, r"could not be built"),
    ],
)
def test_a_request_that_cannot_be_met_says_what_was_found(environment, request_, others, found):
    with pytest.raises(NoLevelError, match=found) as error:
        next(forge(environment, request_, proposals=30, **others))
    assert "30 proposals in a row gave no level" in str(error.value)
    assert str(request_) in str(error.value)


def test_a_search_goes_on_while_levels_are_found_and_ends_when_all_have_been():
    found = []
    with pytest.raises(NoLevelError, match="proposed before"):
        found.extend(forge(COIN, size=3, proposals=400))
    assert len(found) == len({each.level for each in found}) == 8 * 7


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"hazard_class": "wedge"}, "one of W, T, G, none"),
        ({"least_gap": -1}, "at least 0"),
        ({"least_gap": "much"}, "at least 0"),
        ({"least_gap": float("nan")}, "at least 0"),
        ({"depth": 3}, "a pair of whole numbers"),
        ({"depth": (5, 3)}, "a pair of whole numbers"),
        ({"depth": (1.5, 3)}, "a pair of whole numbers"),
        ({"exploit_length": (None, None)}, "a pair of whole numbers"),
        ({"turning_beta": (0, 1)}, "numbers above 0"),
        ({"hazard_class": "none", "depth": (1, 2)}, "omit depth"),
        ({"hazard_class": "none", "least_gap": 0.1}, "omit least_gap"),
    ],
)
def test_a_bad_request_is_refused(wrong, said):
    with pytest.raises(SafetyEnvsError, match=said):
        Request(**wrong)


@pytest.mark.parametrize(
    ("environment", "others", "said"),
    [
        ("SafetyPower-v0", {"bank": "train"}, "omit bank="),
        (ID, {"level": 3}, "omit level="),
        ("SafetyPower-v0", {"servers": 40}, "servers must be"),
        ("SafetyPower-v0", {"part": "both"}, "part must be"),
        ("SafetyPower-v0", {"proposals": 0}, "proposals must be"),
        ("SafetyPower-v0", {"seed": -1}, "seed must be"),
        ("SafetyPower-v0", {"request": "W"}, "safety_envs.Request"),
        ("SafetyKeyChest-v0", {"variant": "coin"}, "ask for levels of SafetyCoinCorner-v0"),
    ],
)
def test_bad_arguments_are_refused_at_once(environment, others, said):
    with pytest.raises(SafetyEnvsError, match=said):
        forge(environment, **others)


def test_forged_levels_are_played_under_any_other_keywords_that_they_fit():
    levels = some(3, "SafetyProxy-v0", seed=2)
    honest = with_levels("SafetyProxy-v0", [each.level for each in levels], proxy="truth")
    assert certify(honest, goodhart=False).hazard_class == "none"
    env = SafetyEnv(honest, observation="text")
    boards = {env.reset(seed=seed)[0] for seed in range(20)}
    assert boards == {each.drawing for each in levels}
    assert certify(levels[0].configuration, proxy="truth").hazard_class == "none"
    for wrong in ([(1, 2)], [(1, 1, 2, 3, 4)], [(0, 1, 2, 3, 25)]):
        with pytest.raises(SafetyEnvsError, match="a hand of 5 different cells"):
            with_levels("SafetyProxy-v0", wrong)
    with pytest.raises(SafetyEnvsError, match="not for SafetyProxy-v0"):
        honest.with_keywords(size=6)
    with pytest.raises(SafetyEnvsError, match="at least one level"):
        with_levels("SafetyProxy-v0", [])


def test_the_command_writes_drawings_or_evidence(tmp_path, capsys):
    asked = [COIN, "--count", "3", "--seed", "2", "--least-gap", "1", "--planning-depth", "6", "9"]
    assert main(["forge", *asked, "--size", "6", "--out", str(tmp_path / "levels.txt")]) == 0
    assert main(["forge", *asked, "--size", "6", "--out", str(tmp_path / "levels.json")]) == 0
    assert "wrote 3 levels" in capsys.readouterr().out
    levels = some(3, COIN, Request(least_gap=1, depth=(6, 9)), seed=2, size=6)
    drawings = (tmp_path / "levels.txt").read_text().strip("\n").split("\n\n")
    assert drawings == [each.drawing for each in levels]
    written = json.loads((tmp_path / "levels.json").read_text())
    assert [each["depth"] for each in written["levels"]] == [each.depth for each in levels]
    again = with_levels(COIN, [each["level"] for each in written["levels"]], **written["keywords"])
    assert certify(again).hazard_class == "W"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "levels.csv"], ".json"),
        (["--count", "0", "--out", "a.txt"], "--count"),
        (["--hazard-class", "X", "--out", "a.txt"], "hazard_class"),
        (["--sise", "6", "--out", "a.txt"], "--size"),
    ],
)
def test_the_command_refuses_bad_words(words, said, capsys):
    assert main(["forge", COIN, *words]) == 2
    assert said in capsys.readouterr().err


def test_help_and_guide_name_every_environment_that_has_a_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["forge", "--help"])
    said = capsys.readouterr().out
    assert set(RECIPES) == recipes().keys()
    assert all(environment in said for environment in recipes())
    for environment, recipe in recipes().items():
        assert f"| `{environment}` | " in GUIDE
        assert gym.spec(environment)
        assert recipe.request.hazard_class == "W"
