"""A heuristic search for an extreme equilibrium, used if there are too many equilibria to list.

The search goes backwards in time. Each state offers its stage equilibria, and one offer must be
chosen before the previous step can be solved. The choice depends on that previous step. There, each
state in turn chooses a target joint action. The successor of the target takes the offer that
supports it, and the successor of each deviation takes an offer that deters it. All predecessors of
a state share its offer, so an offer that one state fixes holds for all. After its target, each
state fixes in the same way the worst offers for each agent, which earlier steps can use as threats.

The result is checked and is an equilibrium (`StageGames.values_of`). It may not be extreme;
`equilibrium_bounds` says how far from the extreme it can be.
"""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np

from safety_envs.core.progress import progress
from safety_envs.exact.games.joint_model import Floats, Mask
from safety_envs.exact.games.stage import Ints, StageGames

MOST_TRIALS = 40
"""The largest number of joint actions of a state that are tried as a target."""

MOST_OFFERS = 6
"""The largest number of offers of a joint action's successor that are tried."""

ROUNDS = 3
"""The number of searches; each first serves the states that the last equilibrium reaches."""


def greedy(games: StageGames, *, symmetric: bool, weights: Floats) -> Ints | None:
    """Returns the equilibrium that plays the best stage equilibrium everywhere, [T, S].

    None if a state has no stage equilibrium. For the arguments see `search`.
    """
    model, states = games.model, np.arange(len(games.model.worlds.start))
    values = np.zeros((len(model.payments), len(states)))
    plan = np.zeros((games.steps, len(states)), np.int64)
    for t in range(games.steps - 1, -1, -1):
        worth = model.payments + model.later(values)
        stable = games.stable(worth, symmetric=symmetric)
        if not np.asarray(stable.any(axis=1))[games.reached[t]].all():
            return None
        plan[t] = np.where(stable, np.tensordot(weights, worth, 1), -np.inf).argmax(axis=1)
        values = worth[:, states, plan[t]]
    return plan


def search(games: StageGames, *, symmetric: bool, weights: Floats, default: int) -> Ints | None:
    """Returns an equilibrium with a large weighted value, [T, S], or None.

    Args:
        games: the game.
        symmetric: whether agents with equal observations must act alike.
        weights: [n + 1] the weights of the agents' values and of the performance.
        default: the choice for states that no predecessor constrains: 1 for the offer with the
            largest weighted value, -1 for the smallest.
    """
    best, most = None, -np.inf
    first: Mask = np.tile(games.reached[0], (games.steps, 1))
    for _ in range(ROUNDS):
        plan = _Search(games, symmetric, weights, default, first).run()
        values = None if plan is None else games.values_of(plan, symmetric=symmetric)
        if plan is None or values is None:
            return best
        worth = float(weights @ games.model.expected(values))
        if worth <= most + games.tolerance:
            return best
        best, most = plan, worth
        first = games.reached_by(plan)
    return best


class _Search:
    def __init__(
        self, games: StageGames, symmetric: bool, weights: Floats, default: int, first: Mask
    ) -> None:
        self.games, self.weights, self.default, self.first = games, weights, default, first
        model = games.model
        self.allowed = model.alike if symmetric else np.ones_like(model.alike)
        states = len(model.worlds.start)
        self.twins = games.twins
        self.offers: list[Floats] = [np.zeros((1, len(model.payments)))] * states  # [k, n + 1]
        self.moves: list[Ints] = [np.zeros(1, np.int64)] * states  # [k]
        self.low = np.zeros((states, len(model.payments)))  # over offers that can still be taken
        self.high, self.likely = self.low.copy(), self.low.copy()
        self.followed: dict[int, tuple[Ints, Floats]] = {}
        self.taken = np.zeros(states, np.int64)  # the chosen offer, -1 if none yet

    def run(self) -> Ints | None:
        games = self.games
        plan = np.zeros((games.steps, len(self.taken)), np.int64)
        for t in progress(range(games.steps - 1, -1, -1), "an equilibrium"):
            if t < games.steps - 1:
                self._choose(t)
                for s in games.reached[t + 1].nonzero()[0]:
                    plan[t + 1, s] = self.moves[s][self.taken[s]]
            if not self._offer(t):
                return None
        for s in games.reached[0].nonzero()[0]:
            plan[0, s] = self.moves[s][(self.offers[s] @ self.weights).argmax()]
        return plan

    def _offer(self, t: int) -> bool:
        """Computes each state's stage equilibria; returns whether every state has one."""
        model = self.games.model
        values = np.array([o[k] for o, k in zip(self.offers, self.taken)]).T
        worth = model.payments + model.later(values)
        stable = self.games.stable(worth, symmetric=False) & self.allowed
        done: dict[int, tuple[Floats, Ints]] = {}  # by the number of the twins
        for s in self.games.reached[t].nonzero()[0]:
            if self.twins[s] in done:
                self.offers[s], self.moves[s] = done[self.twins[s]]
                continue
            moves = np.flatnonzero(stable[s])
            if not len(moves):
                return False
            found = worth[:, s, moves].T
            unit = 8 * self.games.tolerance
            _, kept = np.unique(np.round(found / unit), axis=0, return_index=True)
            self.offers[s], self.moves[s] = done[self.twins[s]] = found[kept], moves[kept]
        return True

    def _choose(self, t: int) -> None:
        """Chooses an offer of each state with t + 1 steps taken, for the states with t steps."""
        reached = self.games.reached
        self.taken[:] = 0
        for s in reached[t + 1].nonzero()[0]:
            self.taken[s] = 0 if len(self.offers[s]) == 1 else -1
        agents = range(self.games.agents)
        threats = [-np.eye(len(self.weights))[agent] for agent in agents]
        states = reached[t].nonzero()[0]
        order = states[np.argsort(~self.first[t, states], kind="stable")]
        _, rank = np.unique(self.twins[order], return_index=True)
        order = order[np.sort(rank)]  # one of each set of states with the same stage game
        later = reached[t + 1].nonzero()[0]
        self.low[later], self.high[later] = self._of_each(later, _extent)
        for weights in (self.weights, *threats):
            self.likely[later] = self._of_each(later, partial(_best_offer, weights))[0]
            for s in order:
                if not (self.taken < 0).any():
                    return
                self._assign(int(s), weights)
        for s in np.flatnonzero(self.taken < 0):
            self.taken[s] = (self.default * self.offers[s] @ self.weights).argmax()

    def _assign(self, state: int, weights: Floats) -> None:
        """Finds the best joint action that offers can support, and fixes these offers."""
        pay = self.games.model.payments[:, state]
        successors, probabilities = self._follow(state)
        if (self.taken[successors] >= 0).all():
            return
        likely = pay + self.likely[successors].T @ probabilities
        pessimistic = pay + self.low[successors].T @ probabilities
        optimistic = pay + self.high[successors].T @ probabilities
        ok = self.allowed[state].copy()
        for agent in range(self.games.agents):
            others = self.games.others[:, agent]
            self_ = others == np.arange(len(others))[:, None]
            worst_deviation = np.where(self_, -np.inf, pessimistic[agent][others]).max(axis=1)
            ok &= optimistic[agent] >= worst_deviation - self.games.tolerance
        moves = np.flatnonzero(ok)
        moves = moves[np.argsort(-(weights @ likely[:, moves]), kind="stable")][:MOST_TRIALS]
        offers = [
            self.offers[s] if self.taken[s] < 0 else self.offers[s][self.taken[s]][None]
            for s in successors
        ]
        for move in moves:
            fixed = self._supporting_offers(int(move), weights, pay, probabilities, offers)
            if fixed is not None:
                for k in fixed:
                    self._take(successors[k], fixed[k])
                return

    def _take(self, state: int, offer: int) -> None:
        if self.taken[state] < 0:
            self.taken[state] = offer
            value = self.offers[state][offer]
            self.low[state] = self.high[state] = self.likely[state] = value

    def _of_each(self, states: Ints, function: Callable[[Floats], tuple[Floats, ...]]) -> Floats:
        """Applies a function to the offers of states [m]; returns its results, [number, m, n + 1].

        If an offer has been taken, the function gets only that offer.
        """
        done: dict[tuple[int, int], tuple[Floats, ...]] = {}
        found = []
        for s in states:
            key = int(self.twins[s]), int(self.taken[s])
            if key not in done:
                offers = self.offers[s] if key[1] < 0 else self.offers[s][key[1]][None]
                done[key] = function(offers)
            found.append(done[key])
        return np.array(found).swapaxes(0, 1)

    def _follow(self, state: int) -> tuple[Ints, Floats]:
        if state not in self.followed:
            every = np.arange(self.allowed.shape[1])
            self.followed[state] = self.games.follow(state, every)
        return self.followed[state]

    def _supporting_offers(
        self, move: int, weights: Floats, pay: Floats, probabilities: Floats, offers: list[Floats]
    ) -> dict[int, int] | None:
        """Returns successor -> offer that make a joint action stable, or None.

        Args:
            move: the joint action.
            weights: [n + 1] weights.
            pay: [n + 1, J] the payments of joint actions in this step.
            probabilities: [m, J] of the successors.
            offers: m arrays [k, n + 1].
        """
        games = self.games
        ahead = np.flatnonzero(probabilities[:, move])
        ranked = [np.argsort(-(offers[k] @ weights), kind="stable")[:MOST_OFFERS] for k in ahead]
        if len(ahead) > 1:
            ranked = [ranking[:1] for ranking in ranked]
        deviations = [
            (agent, int(other))
            for agent in range(games.agents)
            for other in games.others[move, agent]
            if other != move
        ]
        for chosen in product(*ranked):
            fixed = dict(zip(ahead.tolist(), (int(c) for c in chosen)))
            own = pay[:, move] + sum(
                (probabilities[k, move] * offers[k][c] for k, c in fixed.items()),
                np.zeros(len(pay)),
            )
            limits: dict[int, list[tuple[int, float]]] = {}
            for agent, other in deviations:
                free = [
                    k for k in np.flatnonzero(probabilities[:, other]).tolist() if k not in fixed
                ]
                slack = own[agent] - pay[agent, other] + games.tolerance
                slack -= sum(
                    probabilities[k, other] * offers[k][c][agent] for k, c in fixed.items()
                )
                if not free:
                    if slack < 0:
                        break
                    continue
                least = [offers[k][:, agent].min() for k in free]
                slack -= sum(probabilities[k, other] * low for k, low in zip(free, least))
                if slack < 0:
                    break
                for k, low in zip(free, least):  # each may use all the slack
                    limits.setdefault(k, []).append((agent, low + slack))
            else:
                kept = _within(limits, offers, weights)
                if kept is not None:
                    return fixed | kept
        return None


def _extent(offers: Floats) -> tuple[Floats, ...]:
    return offers.min(axis=0), offers.max(axis=0)


def _best_offer(weights: Floats, offers: Floats) -> tuple[Floats, ...]:
    return (offers[(offers @ weights).argmax()],)


def _within(
    limits: dict[int, list[tuple[int, float]]], offers: list[Floats], weights: Floats
) -> dict[int, int] | None:
    """Returns offers that do not exceed the limits of agents after deviations, or None.

    Successors whose offers all satisfy the limits are omitted.
    """
    fixed = {}
    for k, bounds in limits.items():
        ok = np.ones(len(offers[k]), np.bool_)
        for agent, most in bounds:
            ok &= offers[k][:, agent] <= most
        if not ok.any():
            return None
        if not ok.all():
            fixed[k] = int(np.where(ok, -offers[k][:, bounds[0][0]], -np.inf).argmax())
    return fixed
