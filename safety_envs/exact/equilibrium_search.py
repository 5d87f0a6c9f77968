"""Searches for one equilibrium as good, or as bad, as possible, where there are too many to list.

Backwards in time, each state offers its stage equilibria, and one of them must be chosen before the
previous step can be solved. The choice looks at that step. There each state in turn looks for its
target joint action: the successor of that action takes the offer that the target needs, and the
successor of each deviation takes the offer that deters it. An offer is the same for every
predecessor: what one state has fixed for a successor holds for all. After its target, each state
asks in the same way for what is worst for each agent, so that earlier steps can use it as a threat.

The result is checked and is an equilibrium (`StageGames.values_of`). It need not be extreme; see
`equilibrium_bounds` for how far it might be from it.
"""

from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np

from safety_envs.core.progress import progress
from safety_envs.exact.joint_model import Floats, Mask
from safety_envs.exact.stage import Ints, StageGames

MOST_TRIALS = 40
"""At most this many joint actions of a state are tried for a target."""

MOST_OFFERS = 6
"""At most this many offers of a joint action's successor are tried."""

ROUNDS = 3
"""How often it is searched, each time with the states first that the last one comes to."""


def greedy(games: StageGames, *, symmetric: bool, wanted: Floats) -> Ints | None:
    """Returns the equilibrium that plays everywhere the stage equilibrium that is wanted, [T, S].

    None if it comes to where there is none. For the arguments see `search`.
    """
    model, states = games.model, np.arange(len(games.model.worlds.start))
    values = np.zeros((len(model.payments), len(states)))
    plan = np.zeros((games.steps, len(states)), np.int64)
    for t in range(games.steps - 1, -1, -1):
        worth = model.payments + model.later(values)
        stable = games.stable(worth, symmetric=symmetric)
        if not np.asarray(stable.any(axis=1))[games.reached[t]].all():
            return None
        plan[t] = np.where(stable, np.tensordot(wanted, worth, 1), -np.inf).argmax(axis=1)
        values = worth[:, states, plan[t]]
    return plan


def search(games: StageGames, *, symmetric: bool, wanted: Floats, spare: int) -> Ints | None:
    """Returns an equilibrium with much of what is wanted, [T, S], or None.

    Args:
        games: the game.
        symmetric: whether agents with equal observations must act alike.
        wanted: [n + 1] weights of what each agent has and of the performance.
        spare: what states are offered that nobody asks for: 1 what is wanted, -1 the opposite.
    """
    best, most = None, -np.inf
    first: Mask = np.tile(games.reached[0], (games.steps, 1))
    for _ in range(ROUNDS):
        plan = _Search(games, symmetric, wanted, spare, first).run()
        values = None if plan is None else games.values_of(plan, symmetric=symmetric)
        if plan is None or values is None:
            return best
        worth = float(wanted @ games.model.expected(values))
        if worth <= most + games.tolerance:
            return best
        best, most = plan, worth
        first = games.reached_by(plan)
    return best


class _Search:
    def __init__(
        self, games: StageGames, symmetric: bool, wanted: Floats, spare: int, first: Mask
    ) -> None:
        self.games, self.wanted, self.spare, self.first = games, wanted, spare, first
        model = games.model
        self.allowed = model.alike if symmetric else np.ones_like(model.alike)
        states = len(model.worlds.start)
        self.twins = games.twins
        self.offers: list[Floats] = [np.zeros((1, len(model.payments)))] * states  # [k, n + 1]
        self.moves: list[Ints] = [np.zeros(1, np.int64)] * states  # [k]
        self.low = np.zeros((states, len(model.payments)))  # of what may still be taken
        self.high, self.likely = self.low.copy(), self.low.copy()
        self.followed: dict[int, tuple[Ints, Floats]] = {}
        self.taken = np.zeros(states, np.int64)  # which offer, -1 where none has been chosen

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
            plan[0, s] = self.moves[s][(self.offers[s] @ self.wanted).argmax()]
        return plan

    def _offer(self, t: int) -> bool:
        """Writes each state's stage equilibria, and says whether all have any."""
        model = self.games.model
        values = np.array([o[k] for o, k in zip(self.offers, self.taken)]).T
        worth = model.payments + model.later(values)
        stable = self.games.stable(worth, symmetric=False) & self.allowed
        done: dict[int, tuple[Floats, Ints]] = {}  # by the number of twins
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
        """Chooses an offer of each state with t + 1 steps taken, with the step before in view."""
        reached = self.games.reached
        self.taken[:] = 0
        for s in reached[t + 1].nonzero()[0]:
            self.taken[s] = 0 if len(self.offers[s]) == 1 else -1
        agents = range(self.games.agents)
        threats = [-np.eye(len(self.wanted))[agent] for agent in agents]
        states = reached[t].nonzero()[0]
        order = states[np.argsort(~self.first[t, states], kind="stable")]
        _, rank = np.unique(self.twins[order], return_index=True)
        order = order[np.sort(rank)]  # of states with the same stage game, one asks for all
        later = reached[t + 1].nonzero()[0]
        self.low[later], self.high[later] = self._of_each(later, _extent)
        for want in (self.wanted, *threats):
            self.likely[later] = self._of_each(later, partial(_favourite, want))[0]
            for s in order:
                if not (self.taken < 0).any():
                    return
                self._ask(int(s), want)
        for s in np.flatnonzero(self.taken < 0):
            self.taken[s] = (self.spare * self.offers[s] @ self.wanted).argmax()

    def _ask(self, state: int, want: Floats) -> None:
        """Looks for a joint action that gives most of what is wanted, and fixes what it needs."""
        pay = self.games.model.payments[:, state]
        successors, chances = self._follow(state)
        if (self.taken[successors] >= 0).all():
            return
        hoped = pay + self.likely[successors].T @ chances
        feared = pay + self.low[successors].T @ chances
        own = pay + self.high[successors].T @ chances
        ok = self.allowed[state].copy()
        for agent in range(self.games.agents):
            others = self.games.others[:, agent]
            self_ = others == np.arange(len(others))[:, None]
            feared_most = np.where(self_, -np.inf, feared[agent][others]).max(axis=1)
            ok &= own[agent] >= feared_most - self.games.tolerance
        moves = np.flatnonzero(ok)
        moves = moves[np.argsort(-(want @ hoped[:, moves]), kind="stable")][:MOST_TRIALS]
        offers = [
            self.offers[s] if self.taken[s] < 0 else self.offers[s][self.taken[s]][None]
            for s in successors
        ]
        for move in moves:
            fixed = self._promise(int(move), want, pay, chances, offers)
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
        """Returns what functions give of the offers of states [m], [number, m, n + 1].

        Of what has been taken it is the same: the offer itself.
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

    def _promise(
        self, move: int, want: Floats, pay: Floats, chances: Floats, offers: list[Floats]
    ) -> dict[int, int] | None:
        """Returns which offers of successors make a joint action stable, or None.

        Args:
            move: the joint action.
            want: [n + 1] weights.
            pay: [n + 1, J] what joint actions pay now.
            chances: [m, J] of the successors.
            offers: m arrays [k, n + 1].
        """
        games = self.games
        ahead = np.flatnonzero(chances[:, move])
        ranked = [np.argsort(-(offers[k] @ want), kind="stable")[:MOST_OFFERS] for k in ahead]
        if len(ahead) > 1:
            ranked = [each[:1] for each in ranked]
        strays = [
            (agent, int(other))
            for agent in range(games.agents)
            for other in games.others[move, agent]
            if other != move
        ]
        for chosen in product(*ranked):
            fixed = dict(zip(ahead.tolist(), (int(c) for c in chosen)))
            own = pay[:, move] + sum(
                (chances[k, move] * offers[k][c] for k, c in fixed.items()), np.zeros(len(pay))
            )
            limits: dict[int, list[tuple[int, float]]] = {}
            for agent, other in strays:
                free = [k for k in np.flatnonzero(chances[:, other]).tolist() if k not in fixed]
                spare = own[agent] - pay[agent, other] + games.tolerance
                spare -= sum(chances[k, other] * offers[k][c][agent] for k, c in fixed.items())
                if not free:
                    if spare < 0:
                        break
                    continue
                least = [offers[k][:, agent].min() for k in free]
                spare -= sum(chances[k, other] * low for k, low in zip(free, least))
                if spare < 0:
                    break
                for k, low in zip(free, least):  # all may use what is spare, as shares
                    limits.setdefault(k, []).append((agent, low + spare))
            else:
                kept = _within(limits, offers, want)
                if kept is not None:
                    return fixed | kept
        return None


def _extent(offers: Floats) -> tuple[Floats, ...]:
    return offers.min(axis=0), offers.max(axis=0)


def _favourite(want: Floats, offers: Floats) -> tuple[Floats, ...]:
    return (offers[(offers @ want).argmax()],)


def _within(
    limits: dict[int, list[tuple[int, float]]], offers: list[Floats], want: Floats
) -> dict[int, int] | None:
    """Returns offers within the most that each agent may have after it has deviated, or None.

    Successors of which any offer will do are left open.
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
