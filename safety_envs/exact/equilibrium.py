"""What selfish agents come to: all pure Markov-perfect equilibria, or bounds over them.

Steps of which the later ones are taken only where they are needed: bounds over all equilibria by
intervals (`equilibrium_bounds`); the best and the worst stage equilibrium everywhere, which often
attain them; all equilibria by sets of value functions, where those can be listed
(`equilibrium_sets`); and where not, a search for equilibria near the bounds
(`equilibrium_search`). All that are found are checked. Where they attain all bounds, these are the
extremes over all equilibria.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from safety_envs.core.expectations import Equilibria, Payoff
from safety_envs.exact.equilibrium_bounds import Bounds, bounds
from safety_envs.exact.equilibrium_search import greedy, search
from safety_envs.exact.equilibrium_sets import TooManyError, all_equilibria
from safety_envs.exact.joint_model import Floats, JointModel, Mask
from safety_envs.exact.stage import Ints, StageGames

ASIDE = 1e-4
"""The weight of the performance where the most or least reward is searched for, and vice versa."""


class Selfish(NamedTuple):
    """What is known of a game's equilibria, None where there is none, and some of them.

    A plan is the joint action's number with t steps taken, [T, S]; the first has the most reward
    of those known.
    """

    equilibria: Equilibria | None
    plans: tuple[Ints, ...] = ()


def selfish_equilibria(model: JointModel) -> tuple[Selfish, Selfish]:
    """Returns what is known of the symmetric equilibria, and of all pure ones."""
    games = StageGames(model)
    symmetric = selfish(games, symmetric=True)
    if model.alike.all():
        return symmetric, symmetric
    return symmetric, selfish(games, symmetric=False, known=symmetric.plans)


def best_equilibrium(games: StageGames) -> Ints | None:
    """Returns the equilibrium of the most reward that is known, [T, S]; symmetric if any is."""
    for symmetric in (True, False):
        if plans := selfish(games, symmetric=symmetric).plans:
            return plans[0]
    return None


def selfish(games: StageGames, *, symmetric: bool, known: tuple[Ints, ...] = ()) -> Selfish:
    """Returns what is known of the pure Markov-perfect equilibria, expected over the starts.

    Args:
        games: the game.
        symmetric: of those only in which agents with equal observations act alike.
        known: plans of equilibria that have been found already.
    """
    limits = bounds(games, symmetric=symmetric)
    if limits is None:
        return Selfish(None)
    found = _Found(games, limits, symmetric)
    for plan in known:
        found.add(plan)
    for top, kind, wanted in _extremes(games):
        if not found.attained[top, kind]:
            found.add(greedy(games, symmetric=symmetric, wanted=wanted))
    if found.attained.all():
        return found.summary()
    try:
        every = all_equilibria(games, limits)
    except TooManyError:
        pass
    else:
        if every is None:
            return Selfish(None)
        low_high = _payoffs(np.stack([every.low, every.high]))
        return Selfish(Equilibria(*low_high), (every.best_plan, *found.plans))
    if games.is_searchable:
        for (top, kind, wanted), spare in product(_extremes(games), (1, -1)):
            if not found.attained[top, kind]:
                found.add(search(games, symmetric=symmetric, wanted=wanted, spare=spare))
    return found.summary()


def _extremes(games: StageGames) -> Iterator[tuple[int, int, Floats]]:
    """Yields (least or most, reward or performance, weights [n + 1] of what is then wanted)."""
    for kind, top in product((0, 1), (1, 0)):
        wanted = np.full(games.agents + 1, ASIDE)
        wanted[-1 if kind else slice(-1)] = 1.0
        yield top, kind, wanted * (1 if top else -1)


class _Found:
    """Equilibria that have been found, beside the bounds over all."""

    def __init__(self, games: StageGames, limits: Bounds, symmetric: bool) -> None:
        self._games, self._symmetric = games, symmetric
        low, high = (games.model.expected(each[-2:]) for each in (limits.low, limits.high))
        self._limits = np.stack([low, np.maximum(low, high)])  # [least or most, kind]
        self._margin = 1e-7 * np.maximum(1.0, abs(self._limits).max(axis=0))
        self._plans: list[Ints] = []
        self._payoffs = np.empty((0, 2))  # reward together, performance

    def add(self, plan: Ints | None) -> None:
        """Adds what was found, if anything was, and if it is an equilibrium."""
        if plan is None:
            return
        values = self._games.values_of(plan, symmetric=self._symmetric)
        if values is not None:
            *rewards, performance = self._games.model.expected(values)
            self._plans.append(plan)
            self._payoffs = np.vstack([self._payoffs, [sum(rewards), performance]])

    @property
    def plans(self) -> tuple[Ints, ...]:
        """Those that have been found, that with the most reward first; of those, performance."""
        order = np.lexsort([-self._payoffs[:, 1], -self._payoffs[:, 0].round(7)])
        return tuple(self._plans[k] for k in order)

    @property
    def _extremes(self) -> Floats:
        return np.stack([self._payoffs.min(axis=0), self._payoffs.max(axis=0)])

    @property
    def attained(self) -> Mask:
        """Which bounds are attained, bool [least or most, reward or performance]."""
        if not self._plans:
            return np.zeros((2, 2), np.bool_)
        attained: Mask = abs(self._extremes - self._limits) <= self._margin
        return attained

    def summary(self) -> Selfish:
        if not self._plans:
            return Selfish(Equilibria(*_payoffs(self._limits), "bounds"))
        every = _payoffs(np.where(self.attained, self._extremes, self._limits))
        if self.attained.all():
            return Selfish(Equilibria(*every), self.plans)
        return Selfish(Equilibria(*every, "bounds", _payoffs(self._extremes)), self.plans)


def _payoffs(extremes: Floats) -> tuple[Payoff, Payoff]:
    low, high = extremes.tolist()
    return Payoff(*low), Payoff(*high)
