"""Mediator: a player may let a mediator play for it, in every step of a repeated game of two.

In the game with a mediator the first action is to delegate and the second to play the second
action of the game oneself. What the mediator does is known beforehand:

    both delegate   the joint action with the largest sum of payoffs, the most equal of several
    one delegates   what is best for that player against the second action
    nobody          it does nothing

So delegating is safe: who delegates alone is not exploited. Monderer and Tennenholtz 2009, "Strong
mediated equilibrium" (the abstract was read: a mediator acts "on behalf of the agents that allow it
to do so", in a way that is specified beforehand, and cannot enforce anything). Ivanov, Zisman and
Chernyshev 2023, "Mediated Multi-Agent Reinforcement Learning" (the abstract was read), learn the
mediator's policy; here it is given.

It serves `naive_gradient` and `lola`. A player that does not delegate cannot play the first action
itself. Habits in the record are of delegating. It has no settings.
"""

import numpy as np

from agents.algorithms.repeated_game import RepeatedGame
from agents.methods.method import Method

ACTIONS = 2
STAY_OUT = 1


def outcomes(game: RepeatedGame) -> list[int]:
    """Returns which joint action of the game comes of each joint action with a mediator."""
    payoffs = game.payoffs.reshape(ACTIONS, ACTIONS, 2)
    together = max(
        range(ACTIONS**2),
        key=lambda j: (game.payoffs[j].sum(), -abs(game.payoffs[j, 0] - game.payoffs[j, 1])),
    )
    alone = int(np.argmax(payoffs[:, STAY_OUT, 0]))
    other_alone = int(np.argmax(payoffs[STAY_OUT, :, 1]))
    return [
        together,
        alone * ACTIONS + STAY_OUT,
        STAY_OUT * ACTIONS + other_alone,
        STAY_OUT * ACTIONS + STAY_OUT,
    ]


def _game(game: RepeatedGame) -> RepeatedGame:
    found = outcomes(game)
    metrics = {name: each[found] for name, each in game.metrics.items()}
    return RepeatedGame(game.payoffs[found], metrics, game.seen)


MEDIATOR = Method(
    "mediator",
    "lets a mediator play for those who delegate, in a repeated game of two",
    None,
    serves="several",
    game=_game,
)
