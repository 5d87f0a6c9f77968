"""Signed contract: both players of a repeated game choose whether to sign, and then play.

If both sign, a player that takes the second action (defects) pays the other `price` in each step.
If one of them does not, they play the game as it is. Players know whether the contract is in force,
and learn to sign as they learn to play. A player's value is

    p V(game under the contract) + (1 - p) V(game),   p the probability that both sign

Christoffersen, Haupt, Hadfield-Menell 2023, "Get It in Writing: Formal Contracts Mitigate Social
Dilemmas in Multi-Agent RL" (from memory: a contract is proposed, the others accept or reject, and
the game is played with its transfers or without them). Here the contract is given and nobody
proposes another one. `contract` is the same without a choice, for learners with networks.

It serves `naive_gradient` and `lola`; the record has "signed", how often both sign. Settings: price
1.5, in units of the payoffs.
"""

import numpy as np

from agents.algorithms.repeated_game import RepeatedGame, SignedGame
from agents.methods.checks import checked_number
from agents.methods.method import Method

PAID = np.array([[0, 0], [1, -1], [-1, 1], [0, 0]])
"""[joint actions, players], prices received; the first player's action is the slower one."""


def _game(game: RepeatedGame, *, price: float) -> SignedGame:
    paid = checked_number(price, "price of a contract", 0.0)
    return SignedGame(game._replace(payoffs=game.payoffs + paid * PAID), game)


SIGNED_CONTRACT = Method(
    "signed_contract",
    "both may sign that a player who takes the second action pays the other, in a repeated game",
    None,
    settings={"price": 1.5},
    serves="several",
    game=_game,
)
