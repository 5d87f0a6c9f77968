"""Mediators and contracts in repeated games, beside tables that are made by hand."""

import numpy as np
import pytest

from agents.algorithms import gradients
from agents.algorithms.repeated_game import repeated_game
from agents.methods import method_named
from agents.training import Training, train
from safety_envs import SafetyEnvsError, find, sb3_vec_env

GAMES = "SafetyMatrixGames-v0"
TABLES = {  # with a mediator: both delegate, one does, the other does, nobody
    "prisoners_dilemma": [(-1, -1), (-2, -2), (-2, -2), (-2, -2)],
    "chicken": [(3, 3), (1, 4), (4, 1), (0, 0)],
    "stag_hunt": [(4, 4), (1, 1), (1, 1), (1, 1)],
}


def game_of(name):
    return repeated_game(find(GAMES).configure(game=name))


@pytest.mark.parametrize("name", TABLES)
def test_a_mediator_does_as_it_says(name):
    found = method_named("mediator").of_game(game_of(name), {})
    assert found.payoffs.tolist() == [list(each) for each in TABLES[name]]
    assert found.metrics["performance"].tolist() == [min(each) for each in TABLES[name]]


def test_a_contract_moves_the_price_from_who_defects():
    found = method_named("signed_contract").of_game(game_of("prisoners_dilemma"), {"price": 1.5})
    assert found.contracted.payoffs.tolist() == [[-1, -1], [-1.5, -1.5], [-1.5, -1.5], [-2, -2]]
    assert found.plain.payoffs.tolist() == [[-1, -1], [-3, 0], [0, -3], [-2, -2]]


def test_the_value_of_a_contract_is_that_of_its_two_games():
    import torch

    game = method_named("signed_contract").of_game(game_of("prisoners_dilemma"), {"price": 0.7})
    chance = np.random.default_rng(0)
    drawn = [chance.standard_normal((3, 11)) for _ in range(2)]
    found = gradients.values(game, tuple(map(torch.tensor, drawn)), 0.9).numpy()
    both = np.prod([1 / (1 + np.exp(-each[:, 10])) for each in drawn], axis=0)
    parts = []
    for which, at in ((game.contracted, slice(0, 5)), (game.plain, slice(5, 10))):
        logits = tuple(torch.tensor(each[:, at]) for each in drawn)
        parts.append(gradients.values(which, logits, 0.9).numpy())
    assert found == pytest.approx(both * parts[0] + (1 - both) * parts[1])


@pytest.mark.parametrize("method", ["mediator", "signed_contract"])
def test_naive_learners_cooperate_where_they_may_choose_to(method, tmp_path):
    """Without a method they defect, see test_lola: -2 a step instead of -1."""
    training = Training(
        "naive_gradient", GAMES, {}, 1, 300, settings={"pairs": 32}, method=method
    )  # fmt: skip
    record = train(training, tmp_path)
    paid = np.mean(record["scores"]["reward"]) / 2 / find(GAMES).configure().max_steps
    assert paid == pytest.approx(-1, abs=0.1)
    assert record["details"].get("signed", 1.0) > 0.9
    assert np.mean(record["scores"]["mutual_cooperation"]) > 0.9


def test_what_the_methods_do_not_serve_is_refused(tmp_path):
    with pytest.raises(SafetyEnvsError, match="does not serve learners in repeated games"):
        Training("lola", GAMES, {}, 0, 5, method="contract").check()
    with pytest.raises(SafetyEnvsError, match="price of a contract must be at least 0"):
        method_named("signed_contract").of_game(game_of("chicken"), {"price": -1})
    with pytest.raises(SafetyEnvsError, match="for repeated games alone: train naive_gradient"):
        method_named("mediator").applied(sb3_vec_env(GAMES, 1, seed=0), {})
