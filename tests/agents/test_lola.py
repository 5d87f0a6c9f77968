"""LOLA: exact values, its step by finite differences, and what it learns."""

import json
from math import exp

import numpy as np
import pytest

from agents.algorithms import lola
from agents.algorithms.repeated_game import repeated_game
from safety_envs import Observer, find
from tests.helpers.engines import started


def test_exact_values_are_those_of_rolled_out_policies():
    import torch

    game = repeated_game(find("SafetyMatrixGames-v0").configure())
    chance = np.random.default_rng(3)
    logits = tuple(torch.tensor(chance.standard_normal((1, 5))) for _ in range(2))
    exact = lola.values(game, logits, 0.96)[:, 0].numpy()
    engine = started("SafetyMatrixGames-v0", 4000, max_steps=1000)
    observe = Observer(engine.configuration)
    sights = {(2, 2): 0, (0, 0): 1, (0, 1): 2, (1, 0): 3, (1, 1): 4}
    likely = []
    for k in range(2):
        table = np.zeros((3, 3))
        for (mine, other), state in sights.items():
            joint = (mine, other) if k == 0 or state == 0 else (other, mine)
            where = game.seen[sights[joint], k]
            table[mine, other] = 1 / (1 + exp(-float(logits[k][0, where])))
        likely.append(table)
    found = np.zeros((4000, 2))
    for t in range(250):
        seen = observe(engine.worlds).astype(int)
        cooperate = np.stack([likely[k][seen[:, k, 0], seen[:, k, 1]] for k in range(2)], axis=1)
        engine.step((chance.random((4000, 2)) >= cooperate).astype(int))
        found += 0.04 * 0.96**t * engine.ledger.rewards
    assert found.mean(axis=0) == pytest.approx(exact, abs=4 * found.std() / 4000**0.5)


def test_lola_s_step_is_the_one_of_finite_differences():
    import torch

    game = repeated_game(find("SafetyMatrixGames-v0").configure())
    chance = np.random.default_rng(4)
    start = [chance.standard_normal(5) for _ in range(2)]
    settings = lola.Settings(discount=0.9, look_ahead=0.3)

    def worth(one, other):
        logits = (torch.tensor(one)[None], torch.tensor(other)[None])
        return lola.values(game, logits, 0.9)[:, 0].numpy() / 0.1

    def slope(player, of, one, other):
        moves = 1e-5 * np.eye(5)
        pairs = [((one + m, other), (one - m, other)) for m in moves]
        if of == 1:
            pairs = [((one, other + m), (one, other - m)) for m in moves]
        return np.array([(worth(*up)[player] - worth(*down)[player]) / 2e-5 for up, down in pairs])

    logits = tuple(torch.tensor(each)[None].requires_grad_() for each in start)
    steps, _ = lola.gradients(game, logits, settings, "lola")
    naive, _ = lola.gradients(game, logits, settings, "naive")
    own = slope(0, 0, *start)
    assert naive[0][0].numpy() == pytest.approx(own, abs=1e-5)
    cross = slope(0, 1, *start)  # held fixed: what the other's parameters do to me
    bent = [
        cross @ (slope(1, 1, start[0] + m, start[1]) - slope(1, 1, start[0] - m, start[1])) / 2e-3
        for m in 1e-3 * np.eye(5)
    ]
    assert steps[0][0].numpy() == pytest.approx(own + 0.3 * np.array(bent), abs=2e-3)


def test_naive_learners_defect_and_lola_cooperates():
    record = lola.train(keywords={}, seeds=32, seed=1, settings=lola.Settings())
    paid = {kind: np.mean(result["payoffs"]) for kind, result in record["learners"].items()}
    assert paid["naive"] == pytest.approx(-2, abs=0.07)  # from memory, the paper: -1.98
    assert paid["lola"] == pytest.approx(-1.06, abs=0.08)  # from memory, the paper: -1.06
    json.dumps(record)
