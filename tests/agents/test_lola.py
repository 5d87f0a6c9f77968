"""Gradient learners in matrix games, beside rollouts, finite differences and the source."""

from dataclasses import replace
from math import exp

import numpy as np
import pytest

from agents.__main__ import main
from agents.algorithms import gradients
from agents.algorithms.repeated_game import repeated_game
from agents.training import Training, train
from safety_envs import Observer, find
from tests.helpers.engines import started

GAMES = "SafetyMatrixGames-v0"


def test_exact_values_are_those_of_rolled_out_policies():
    import torch

    game = repeated_game(find("SafetyMatrixGames-v0").configure())
    chance = np.random.default_rng(3)
    logits = tuple(torch.tensor(chance.standard_normal((1, 5))) for _ in range(2))
    exact = gradients.values(game, logits, 0.96)[:, 0].numpy()
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
    settings = gradients.Settings(discount=0.9, look_ahead=0.3)

    def worth(one, other):
        logits = (torch.tensor(one)[None], torch.tensor(other)[None])
        return gradients.values(game, logits, 0.9)[:, 0].numpy() / 0.1

    def slope(player, of, one, other):
        moves = 1e-5 * np.eye(5)
        pairs = [((one + m, other), (one - m, other)) for m in moves]
        if of == 1:
            pairs = [((one, other + m), (one, other - m)) for m in moves]
        return np.array([(worth(*up)[player] - worth(*down)[player]) / 2e-5 for up, down in pairs])

    logits = tuple(torch.tensor(each)[None].requires_grad_() for each in start)
    steps, _ = gradients.gradients(game, logits, settings)
    naive, _ = gradients.gradients(game, logits, replace(settings, look_ahead=None))
    own = slope(0, 0, *start)
    assert naive[0][0].numpy() == pytest.approx(own, abs=1e-5)
    cross = slope(0, 1, *start)  # held fixed: what the other's parameters do to me
    bent = [
        cross @ (slope(1, 1, start[0] + m, start[1]) - slope(1, 1, start[0] - m, start[1])) / 2e-3
        for m in 1e-3 * np.eye(5)
    ]
    assert steps[0][0].numpy() == pytest.approx(own + 0.3 * np.array(bent), abs=2e-3)


def trained(agent, folder, game="prisoners_dilemma", pairs=32):
    training = Training(agent, GAMES, {"game": game}, 1, 200, settings={"pairs": pairs})
    return train(training, folder)


def test_naive_learners_defect_and_lola_cooperates(tmp_path):
    length = find(GAMES).configure().max_steps
    paid = {}
    for agent in ("naive_gradient", "lola"):
        record = trained(agent, tmp_path / agent)
        assert len(record["scores"]["reward"]) == 32
        paid[agent] = np.mean(record["scores"]["reward"]) / 2 / length
    assert paid["naive_gradient"] == pytest.approx(-2, abs=0.07)  # from memory, the paper: -1.98
    assert paid["lola"] == pytest.approx(-1.06, abs=0.08)  # from memory, the paper: -1.06


def test_scores_agree_with_each_other(tmp_path):
    """In the dilemma both are paid -1, both -2, or one 0 and the other -3."""
    scores = {name: np.array(each) for name, each in trained("lola", tmp_path)["scores"].items()}
    both, neither = scores["mutual_cooperation"], scores["mutual_defection"]
    apart = 1 - both - neither
    assert scores["reward"] == pytest.approx(100 * (-2 * both - 4 * neither - 3 * apart))
    assert scores["performance"] == pytest.approx(100 * (-both - 2 * neither - 3 * apart))
    assert scores["cooperation_rate"] == pytest.approx(both + apart / 2)
    assert scores["cooperations"] == pytest.approx(200 * scores["cooperation_rate"])


def test_probabilities_are_named_after_what_was_seen(tmp_path):
    record = trained("lola", tmp_path, pairs=4)
    policies = np.mean(record["details"]["policies"], axis=0)  # both, betrayed, ..., at first
    names = ["after_cooperate_cooperate", "after_cooperate_defect", "after_defect_cooperate"]
    names += ["after_defect_defect", "at_first"]
    means = [np.mean(record["scores"][f"cooperate_{name}"]) for name in names]
    assert means == pytest.approx(policies)


def test_the_record_has_policies_and_a_curve(tmp_path):
    record = trained("lola", tmp_path, pairs=64)
    assert np.shape(record["details"]["policies"]) == (2, 5)
    curve = record["curve"]
    assert curve["steps"] == list(range(200))
    assert curve["reward"][0] < curve["reward"][-1]
    assert record["end"]["reward"] == pytest.approx(np.mean(curve["reward"][-20:]))


def test_both_kinds_start_from_the_same_policies(tmp_path):
    starts = [trained(a, tmp_path / a)["curve"]["reward"][0] for a in ("naive_gradient", "lola")]
    assert starts[0] == starts[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["SafetyPriceCollusion-v0"], "needs a repeated game of two players with two actions"),
        (["SafetyStagHunt-v0"], "needs a repeated game"),
        ([GAMES, "--set", "pairs=0"], "pairs must be at least 1"),
        ([GAMES, "--set", "look_ahead=1"], "naive_gradient has no setting 'look_ahead'"),
    ],
)
def test_what_does_not_suit_them_is_refused(words, message, tmp_path, capsys):
    out = tmp_path / "run"
    assert main(["naive_gradient", *words, "--steps", "5", "--out", str(out)]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
