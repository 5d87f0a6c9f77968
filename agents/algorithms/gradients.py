"""Exact policy gradients of two players in a repeated game, by closed forms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.repeated_game import Game, RepeatedGame, SignedGame, sights_of
from agents.seeds import exploration_seed
from safety_envs import SafetyEnvsError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Settings:
    """How the players learn.

    Attributes:
        pairs: how many.
        discount: gamma.
        rate: of a player's own steps.
        look_ahead: the rate that a player assumes for the other's next step; None: it does not
            look ahead.
    """

    pairs: int = 64
    discount: float = 0.96
    rate: float = 1.0
    look_ahead: float | None = None

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise SafetyEnvsError(f"pairs must be at least 1, got {self.pairs}")
        if not (0 <= self.discount < 1 and self.rate > 0):
            raise SafetyEnvsError(
                f"discount must be in [0, 1) and rate above 0, got {self.discount} and {self.rate}"
            )


def values(
    game: Game, logits: "tuple[Tensor, Tensor]", discount: float, table: Any = None
) -> "Tensor":
    """Returns discounted means a step, float64 [columns, pairs].

    Args:
        game: of two actions.
        logits: for each player [pairs, logits]; see `RepeatedGame` and `SignedGame`.
        discount: gamma.
        table: what each joint action counts, [actions^2, columns]; the players' payoffs if None.
    """
    if isinstance(game, RepeatedGame):
        return _values(game, logits, discount, table)
    (one, other), both = sights_of(game), signing(game, logits)
    under = (logits[0][:, :one], logits[1][:, :other])
    without = (logits[0][:, one : 2 * one], logits[1][:, other : 2 * other])
    bound = _values(game.contracted, under, discount, table)
    return both * bound + (1 - both) * _values(game.plain, without, discount, table)


def signing(game: SignedGame, logits: "tuple[Tensor, Tensor]") -> "Tensor":
    """Returns the probability that both players sign, [pairs]."""
    import torch

    one, other = sights_of(game)
    both: Tensor = torch.sigmoid(logits[0][:, 2 * one]) * torch.sigmoid(logits[1][:, 2 * other])
    return both


def _values(
    game: RepeatedGame, logits: "tuple[Tensor, Tensor]", discount: float, table: Any
) -> "Tensor":
    import torch

    first = [torch.sigmoid(logits[k][:, game.seen[:, k]]) for k in range(2)]  # [pairs, states]
    one, other = (torch.stack([p, 1 - p], dim=2) for p in first)  # [pairs, states, actions]
    joint = (one[:, :, :, None] * other[:, :, None, :]).flatten(2)  # [pairs, states, actions^2]
    nowhere = torch.zeros_like(joint[:, :, :1])  # nothing leads back to the start
    transitions = torch.cat([nowhere, joint], dim=2)
    counted = joint @ torch.as_tensor(game.payoffs if table is None else table)
    identity = torch.eye(transitions.shape[1], dtype=torch.float64)
    worth = torch.linalg.solve(identity - discount * transitions, counted)
    means: Tensor = (1 - discount) * worth[:, 0].T
    return means


def gradients(
    game: Game, logits: "tuple[Tensor, Tensor]", settings: Settings
) -> "tuple[list[Tensor], Tensor]":
    """Returns each player's step, [pairs, sights], and what both are paid now, [players, pairs].

    Payoffs enter as sums over the discounted future, not means, as in the source, whose rates refer
    to sums.
    """
    import torch

    paid = values(game, logits, settings.discount)
    sums = (paid / (1 - settings.discount)).sum(dim=1)
    look_ahead = settings.look_ahead
    aware = look_ahead is not None
    slopes = [torch.autograd.grad(v, logits, create_graph=aware, retain_graph=True) for v in sums]
    steps = []
    for me in range(2):
        other = 1 - me
        step = slopes[me][me]
        if look_ahead is not None:
            what_moves_me = slopes[me][other].detach()
            bent = (what_moves_me * slopes[other][other]).sum()
            (turn,) = torch.autograd.grad(bent, logits[me], retain_graph=True)
            step = step + look_ahead * turn
        steps.append(step.detach())
    return steps, paid.detach()


@dataclass(frozen=True)
class Pairs:
    """Pairs of learners that have learned.

    Attributes:
        logits: for each player [pairs, sights], of its first action.
        curve: the players' mean payoff a step before every update, over pairs.
    """

    logits: "tuple[Tensor, Tensor]"
    curve: list[float]

    @property
    def policies(self) -> list[list[float]]:
        """Mean probabilities of the first action, [players, sights].

        Sights are in the order of the numbers seen, so the own action comes first.
        """
        import torch

        return [torch.sigmoid(each).mean(dim=0).tolist() for each in self.logits]


def learn_game(
    game: Game,
    settings: Settings,
    *,
    updates: int,
    seed: int,
    progress: Callable[[int], object] = lambda done: None,
) -> Pairs:
    """Lets pairs learn; pairs with the same seed start from the same policies.

    Args:
        game: of two actions.
        settings: how they learn.
        updates: how many steps each player takes.
        seed: of the run.
        progress: is called with the number of updates.
    """
    import torch

    chance = np.random.default_rng(exploration_seed(seed))
    shapes = [(settings.pairs, each) for each in sights_of(game)]
    if isinstance(game, SignedGame):
        shapes = [(pairs, 2 * each + 1) for pairs, each in shapes]
    drawn = [torch.tensor(chance.standard_normal(shape)) for shape in shapes]
    logits = (drawn[0].requires_grad_(), drawn[1].requires_grad_())
    curve = []
    for done in range(updates):
        steps, paid = gradients(game, logits, settings)
        curve.append(float(paid.mean()))
        with torch.no_grad():
            for k in range(2):
                logits[k].add_(settings.rate * steps[k])
        progress(done + 1)
    return Pairs((logits[0].detach(), logits[1].detach()), curve)
