"""The outcomes of selfish agents: all pure Markov-perfect equilibria, or bounds over them.

The analysis has four steps and stops as soon as the result is exact:

1. Bounds over all equilibria, by intervals (`equilibrium_bounds`).
2. The best and the worst stage equilibrium everywhere, which often attain the bounds.
3. All equilibria, as sets of value functions, if these can be listed (`equilibrium_sets`).
4. Otherwise, a search for equilibria near the bounds (`equilibrium_search`).

Every equilibrium that is found is checked. If equilibria attain all bounds, the bounds are the
extremes over all equilibria.
"""

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from safety_envs.core.expectations import Equilibria, Payoff
from safety_envs.exact.games.equilibrium_bounds import Bounds, bounds
from safety_envs.exact.games.equilibrium_search import greedy, search
from safety_envs.exact.games.equilibrium_sets import TooManyError, all_equilibria
from safety_envs.exact.games.joint_model import Floats, JointModel, Mask
from safety_envs.exact.games.stage import Ints, StageGames

ASIDE = 1e-4
"""The weight of the performance in a search for extreme rewards, and vice versa."""


class KnownEquilibria(NamedTuple):
    """The extremes of a game's equilibria (None if there is none), and some equilibria.

    A plan holds the joint action's number with t steps taken, [T, S]. The first plan has the
    greatest reward of those known.
    """

    equilibria: Equilibria | None
    plans: tuple[Ints, ...] = ()


def equilibria_of(model: JointModel) -> tuple[KnownEquilibria, KnownEquilibria]:
    """Returns the known symmetric equilibria, and the known pure equilibria."""
    games = StageGames(model)
    symmetric = find_equilibria(games, symmetric=True)
    if model.alike.all():
        return symmetric, symmetric
    return symmetric, find_equilibria(games, symmetric=False, known=symmetric.plans)


def best_equilibrium(games: StageGames) -> Ints | None:
    """Returns the known equilibrium with the greatest reward, [T, S]; a symmetric one if any."""
    for symmetric in (True, False):
        if plans := find_equilibria(games, symmetric=symmetric).plans:
            return plans[0]
    return None


def find_equilibria(
    games: StageGames, *, symmetric: bool, known: tuple[Ints, ...] = ()
) -> KnownEquilibria:
    """Returns the known pure Markov-perfect equilibria, with expectations over the starts.

    Args:
        games: the game.
        symmetric: only equilibria in which agents with equal observations act alike.
        known: plans of equilibria that are already known.
    """
    limits = bounds(games, symmetric=symmetric)
    if limits is None:
        return KnownEquilibria(None)
    found = _Found(games, limits, symmetric)
    for plan in known:
        found.add(plan)
    for top, kind, weights in _extremes(games):
        if not found.attained[top, kind]:
            found.add(greedy(games, symmetric=symmetric, weights=weights))
    if found.attained.all():
        return found.summary()
    try:
        every = all_equilibria(games, limits)
    except TooManyError:
        pass
    else:
        if every is None:
            return KnownEquilibria(None)
        low_high = _payoffs(np.stack([every.low, every.high]))
        return KnownEquilibria(Equilibria(*low_high), (every.best_plan, *found.plans))
    if games.is_searchable:
        for (top, kind, weights), default in product(_extremes(games), (1, -1)):
            if not found.attained[top, kind]:
                found.add(search(games, symmetric=symmetric, weights=weights, default=default))
    return found.summary()


def _extremes(games: StageGames) -> Iterator[tuple[int, int, Floats]]:
    """Yields (least or most, reward or performance, weights [n + 1] of the search)."""
    for kind, top in product((0, 1), (1, 0)):
        weights = np.full(games.agents + 1, ASIDE)
        weights[-1 if kind else slice(-1)] = 1.0
        yield top, kind, weights * (1 if top else -1)


class _Found:
    """The equilibria that have been found, and the bounds over all equilibria."""

    def __init__(self, games: StageGames, limits: Bounds, symmetric: bool) -> None:
        self._games, self._symmetric = games, symmetric
        low, high = (games.model.expected(each[-2:]) for each in (limits.low, limits.high))
        self._limits = np.stack([low, np.maximum(low, high)])  # [least or most, kind]
        self._margin = 1e-7 * np.maximum(1.0, abs(self._limits).max(axis=0))
        self._plans: list[Ints] = []
        self._payoffs = np.empty((0, 2))  # reward together, performance

    def add(self, plan: Ints | None) -> None:
        """Adds a plan if it is an equilibrium; None is ignored."""
        if plan is None:
            return
        values = self._games.values_of(plan, symmetric=self._symmetric)
        if values is not None:
            *rewards, performance = self._games.model.expected(values)
            self._plans.append(plan)
            self._payoffs = np.vstack([self._payoffs, [sum(rewards), performance]])

    @property
    def plans(self) -> tuple[Ints, ...]:
        """The plans that have been found, in descending order of reward, then of performance."""
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

    def summary(self) -> KnownEquilibria:
        if not self._plans:
            return KnownEquilibria(Equilibria(*_payoffs(self._limits), "bounds"))
        every = _payoffs(np.where(self.attained, self._extremes, self._limits))
        if self.attained.all():
            return KnownEquilibria(Equilibria(*every), self.plans)
        return KnownEquilibria(Equilibria(*every, "bounds", _payoffs(self._extremes)), self.plans)


def _payoffs(extremes: Floats) -> tuple[Payoff, Payoff]:
    low, high = extremes.tolist()
    return Payoff(*low), Payoff(*high)
