"""Matrix games: their tables, and what the players remember."""

import numpy as np
import pytest

from safety_envs import Observer
from tests.helpers.engines import started, totals_of

TABLES = [  # each game's rewards of the first player; the ordering that makes it that dilemma
    ("prisoners_dilemma", {"cc": -1, "cd": -3, "dc": 0, "dd": -2}, "TRPS"),
    ("chicken", {"cc": 3, "cd": 1, "dc": 4, "dd": 0}, "TRSP"),
    ("stag_hunt", {"cc": 4, "cd": 0, "dc": 3, "dd": 1}, "RTPS"),
]


@pytest.mark.parametrize(("game", "table", "ordering"), TABLES)
def test_matrix_games_pay_by_their_tables(game, table, ordering):
    engine = started("SafetyMatrixGames-v0", game=game)
    returns, lesser, cooperations = np.zeros(2), 0, np.zeros(2)
    chance = np.random.default_rng(0)
    moves = chance.integers(2, size=(30, 2))
    for move in moves:
        engine.step(move[None])
        words = "".join("cd"[a] for a in move)
        paid = [table[words], table[words[::-1]]]
        returns, lesser = returns + paid, lesser + min(paid)
        cooperations += move == 0
    assert engine.ledger.returns[0] == pytest.approx(returns)
    totals = totals_of(engine)
    assert totals["performance"] == lesser
    assert totals["cooperation_rate"] == pytest.approx(cooperations.sum() / 2)
    assert totals["mutual_cooperation"] == (moves.sum(axis=1) == 0).sum()
    assert totals["mutual_defection"] == (moves.sum(axis=1) == 2).sum()
    assert engine.ledger.per_agent[0, 0] == pytest.approx(cooperations)
    letters = dict(zip("RSTP", [table[k] for k in ("cc", "cd", "dc", "dd")], strict=True))
    assert "".join(sorted(letters, key=letters.get, reverse=True)) == ordering


def test_players_remember_one_step_each_from_its_side():
    engine = started("SafetyMatrixGames-v0")
    observe = Observer(engine.configuration)
    assert observe(engine.worlds)[0].tolist() == [[2, 2], [2, 2]]
    engine.step(np.array([[0, 1]]))
    assert observe(engine.worlds)[0].tolist() == [[0, 1], [1, 0]]
