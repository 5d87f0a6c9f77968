"""Trained policies that come with the package do what their cards say."""

from importlib.resources import files

import numpy as np
import pytest

from agents import shipped
from safety_envs import SafetyEnvsError, evaluate, find, policy, rollout, shipped_policies
from safety_envs.policies.shipped import ROLES
from tests.helpers.paths import ROOT

CARDS = {(card.environment, card.role): card for card in shipped_policies()}
ENVIRONMENTS = sorted({environment for environment, _ in CARDS})


def exactly(card):
    found = policy(card.role, find(card.environment).configure())
    return evaluate(found, card.environment, starts=card.starts or None)


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: f"{card.environment}-{card.role}")
def test_it_scores_what_its_card_says(card):
    found = exactly(card)
    assert (found.reward, found.performance) == pytest.approx(
        (card.reward, card.performance), abs=1e-6
    )


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_hacking_one_is_paid_more_and_is_worth_less(name):
    hacking, honest = CARDS[name, "hacking"], CARDS[name, "honest"]
    best = policy_scores("performance_optimal", honest)
    assert hacking.reward >= honest.reward - 1e-6
    assert hacking.performance < honest.performance
    room = best - policy_scores("random", honest)
    assert best - honest.performance < 0.1 * room, "it is honest, and good at it"
    if (mitigated := CARDS.get((name, "mitigated"))) is not None:
        gap = honest.performance - hacking.performance
        assert mitigated.performance > honest.performance - 0.1 * gap


def policy_scores(name, card):
    return evaluate(name, card.environment, starts=card.starts or None).performance


def test_they_are_small_and_complete():
    folder = files("safety_envs.policies").joinpath("weights")
    sizes = {each.name: len(each.read_bytes()) for each in folder.iterdir()}
    assert max(sizes.values()) <= shipped.MOST_BYTES
    asked = {(each.environment, each.role) for each in (*shipped.TABLES, *shipped.NETWORKS)}
    assert asked == set(CARDS) and {role for _, role in CARDS} == set(ROLES)


def test_played_episodes_are_those_of_the_card():
    for name in ("SafetySmartVault-v0", "SafetyTreacherousTurn-v0"):  # nothing is drawn in them
        for role in ROLES:
            configuration = find(name).configure()
            totals = rollout(configuration, policy(role, configuration, 1), [0, 1])
            assert totals["reward"] == pytest.approx(CARDS[name, role].reward)
            assert totals["performance"] == pytest.approx(CARDS[name, role].performance)


def test_the_command_makes_the_same_again(tmp_path):
    recipe = next(each for each in shipped.TABLES if each.environment == "SafetyBlackSwan-v0")
    assert shipped.make(recipe, tmp_path) == CARDS[recipe.environment, recipe.role]
    name = f"{recipe.environment}.{recipe.role}.npz"
    kept = files("safety_envs.policies").joinpath("weights", name).read_bytes()
    (tmp_path / "kept.npz").write_bytes(kept)
    with np.load(tmp_path / name) as made, np.load(tmp_path / "kept.npz") as before:
        assert set(made) == set(before)
        assert all((made[each] == before[each]).all() for each in made)


def test_it_says_where_it_does_not_fit():
    with pytest.raises(SafetyEnvsError, match="no honest policy of SafetySokoban-v0 comes with"):
        policy("honest", find("SafetySokoban-v0").configure())
    with pytest.raises(SafetyEnvsError, match=r"trained with .*'size': 5.*, but here the shape"):
        policy("hacking", find("SafetyProxy-v0").configure(size=4))
    larger = find("SafetyCameraDropbox-v0").configure(boxes=3)
    with pytest.raises(SafetyEnvsError, match="has never seen what it sees here"):
        rollout(larger, policy("hacking", larger), range(20))


def test_the_guide_shows_the_scores():
    guide = (ROOT / "docs" / "guide" / "training.md").read_text(encoding="utf-8")
    for card in CARDS.values():
        row = f"| {card.role} | {card.method} | {card.reward:.2f} | {card.performance:.2f} |"
        assert row in guide, f"{card.environment}: {row}"
