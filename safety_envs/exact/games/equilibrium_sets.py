"""All pure Markov-perfect equilibria of a small game, by backward induction on sets of values.

A strategy is a function of state and time, so a successor has the same value from every
predecessor. A set of values for each state would lose this: two states could rely on different
equilibria in one successor. Instead, the algorithm keeps for each t the set of value *functions* of
equilibria from there on,

    W_t = union, over w in W_{t+1}, of the product over states s of the stage equilibria E(s, w).

This is exact: by the one-shot deviation principle, a joint policy is an equilibrium if and only if
it plays a stage equilibrium everywhere, given its own values. "Everywhere" means every (state,
time) that some actions reach.

States that do not depend on a common choice are separated (`Factor`): W_t is the product of its
factors. Functions with equal values are kept once, which loses policies but no values. Only actions
that are possible by the bounds of `equilibrium_bounds` are tried; the bounds exclude no action of
an equilibrium. If there are too many functions, `TooManyError` is raised.
"""

import math
from itertools import product
from typing import NamedTuple

import numpy as np

from safety_envs.core.progress import progress
from safety_envs.exact.games.equilibrium_bounds import Bounds
from safety_envs.exact.games.joint_model import Floats, Mask
from safety_envs.exact.games.stage import Ints, StageGames

MOST_FUNCTIONS = 10_000
"""The largest number of functions in a factor, and of choices that a state depends on."""

MOST_WORK = 30_000_000
"""The largest number of comparisons in stage games."""

A_STAGE = 1_000
"""The fixed cost of a stage game, in comparisons."""


class TooManyError(Exception):
    """The sets are too large to list."""


class Factor(NamedTuple):
    """A set of states with t steps taken, and all value functions of equilibria on them."""

    states: tuple[int, ...]  # [m]
    values: Floats  # [K, n + 1, m]
    moves: Ints  # [K, m] the joint action's number
    parts: tuple[int, ...]  # the factors with t + 1 steps taken on which they depend
    picks: Ints  # [K, parts] the function chosen in each of these factors


class Stage(NamedTuple):
    """The stage games of one state under all choices that it depends on."""

    parts: tuple[int, ...]  # factors
    values: Floats  # [C, n + 1, P]
    moves: Ints  # [P]
    stable: Mask  # [C, P]


class AllEquilibria(NamedTuple):
    """The extremes over all equilibria, as expectations over the starts, and the best plan."""

    low: Floats  # [2] the least sum of rewards, the least performance
    high: Floats  # [2] the greatest
    best_plan: Ints  # [T, S] joint actions with the greatest reward; of those, performance


def all_equilibria(games: StageGames, limits: Bounds) -> AllEquilibria | None:
    """Returns the extremes over all pure Markov-perfect equilibria, or None if there is none.

    Args:
        games: the game.
        limits: its bounds, which also determine whether equilibria must be symmetric.

    Raises:
        TooManyError: the sets are too large.
    """
    return _Induction(games, limits).run()


class _Induction:
    def __init__(self, games: StageGames, limits: Bounds) -> None:
        self.games, self.limits = games, limits
        self.work = 0
        self.layers: list[list[Factor]] = [[] for _ in range(games.steps)]
        self.later: list[Factor] = []  # the factors of the next step; empty after the last step
        self.home = np.full(len(games.model.worlds.start), -1)  # the factor of each state

    def run(self) -> AllEquilibria | None:
        if A_STAGE * self.games.reached.sum() > MOST_WORK:
            raise TooManyError
        for t in progress(range(self.games.steps - 1, -1, -1), "all equilibria"):
            stages = {int(s): self._stage(t, int(s)) for s in self.games.reached[t].nonzero()[0]}
            groups = _groups(stages)
            if t == 0:
                return self._extremes(stages, groups)
            factors: list[Factor] = []
            for group in groups:
                found = self._factors(stages, group)
                if not found:
                    return None
                factors += found
            self.layers[t] = self.later = factors
            self.home[:] = -1
            for number, factor in enumerate(factors):
                self.home[list(factor.states)] = number
        raise AssertionError("an episode has a step")

    def _spend(self, amount: int) -> None:
        self.work += amount
        if self.work > MOST_WORK:
            raise TooManyError

    def _stage(self, t: int, state: int) -> Stage:
        """Solves a state's stage game under all choices that it depends on."""
        games, later = self.games, self.later
        num_joint = games.model.alike.shape[1]
        moves = np.flatnonzero(np.unpackbits(self.limits.possible[t][state], count=num_joint))
        others = games.others[moves]  # [P, n, A]
        used, place = np.unique(others, return_inverse=True)
        place = place.reshape(others.shape)
        successors, probabilities = games.follow(state, used)
        homes = self.home[successors].tolist() if later else []
        parts = tuple(sorted({home for home in homes if len(later[home].moves) > 1}))
        sizes = [len(later[part].moves) for part in parts]
        choices = math.prod(sizes)
        if choices > MOST_FUNCTIONS:
            raise TooManyError
        self._spend(A_STAGE + choices * (others.size + (games.agents + 1) * len(used)))
        picks = np.indices(sizes).reshape(len(parts), choices)
        values = np.zeros((choices, games.agents + 1, len(successors)))
        for k, home in enumerate(homes):
            column = later[home].states.index(int(successors[k]))
            which = picks[parts.index(home)] if home in parts else 0
            values[:, :, k] = later[home].values[which, :, column]
        worth = games.model.payments[:, state, used] + values @ probabilities  # [C, n + 1, used]
        own = worth[:, :, np.searchsorted(used, moves)]
        stable = np.ones((choices, len(moves)), np.bool_)
        for agent in range(games.agents):
            best = worth[:, agent, place[:, agent]].max(axis=2)
            stable &= own[:, agent] >= best - games.tolerance
        return Stage(parts, own, moves, stable)

    def _factors(self, stages: dict[int, Stage], group: list[int]) -> list[Factor]:
        """Returns the factors of states that depend on common choices; empty if no equilibrium."""
        parts, picks, options = self._boxes(stages, group)
        if len(picks) == 1:  # one set of options per state: they are independent
            return [
                self._listed(stages, [state], parts, picks, [(chosen,)])
                for state, chosen in zip(group, options[0])
            ]
        return [self._listed(stages, group, parts, picks, options)] if len(picks) else []

    def _boxes(
        self, stages: dict[int, Stage], group: list[int]
    ) -> tuple[tuple[int, ...], Ints, list[tuple[list[tuple[int, int]], ...]]]:
        """Returns the choices of a group, one for each distinct set of options.

        Returns:
            The parts that the group depends on; picks [K, parts]; and for each pick and each state
            of the group its stable options, (row of the stage's values, column).
        """
        parts = tuple(sorted({part for state in group for part in stages[state].parts}))
        sizes = [len(self.later[part].moves) for part in parts]
        choices = math.prod(sizes)
        if choices > MOST_FUNCTIONS:
            raise TooManyError
        self._spend(choices * len(group))
        picks = np.indices(sizes).reshape(len(parts), choices)
        rows = np.empty((choices, len(group)), np.int64)
        kinds = np.empty_like(rows)
        listed = []
        for k, state in enumerate(group):
            stage = stages[state]
            own = [parts.index(part) for part in stage.parts]
            rows[:, k] = np.ravel_multi_index(picks[own], [sizes[o] for o in own]) if own else 0
            kind, options = self._options(stage)
            kinds[:, k] = kind[rows[:, k]]
            listed.append(options)
        kinds[(kinds < 0).any(axis=1)] = -1
        _, kept = np.unique(kinds, axis=0, return_index=True)
        kept = kept[(kinds[kept] >= 0).all(axis=1)]
        chosen = [tuple(listed[k][row] for k, row in enumerate(rows[c])) for c in kept]
        return parts, picks.T[kept], chosen

    def _options(self, stage: Stage) -> tuple[Ints, list[list[tuple[int, int]]]]:
        """Returns the stable options under each choice.

        Returns:
            For each choice, the number of its set of stable values, -1 if empty; and its options
            (row, column), one for each value.
        """
        keys = self._rounded(stage.values)
        numbers: dict[frozenset[bytes], int] = {}
        kind = np.full(len(stage.stable), -1)
        listed: list[list[tuple[int, int]]] = []
        for c, stable in enumerate(stage.stable):
            options = {keys[c, :, p].tobytes(): (c, int(p)) for p in stable.nonzero()[0]}
            listed.append(list(options.values()))
            if options:
                kind[c] = numbers.setdefault(frozenset(options), len(numbers))
        return kind, listed

    def _rounded(self, values: Floats) -> Floats:
        unit = 8 * self.games.tolerance
        rounded: Floats = np.round(values / unit) + 0.0  # + 0.0: no minus zero
        return rounded

    def _listed(
        self,
        stages: dict[int, Stage],
        group: list[int],
        parts: tuple[int, ...],
        picks: Ints,
        boxes: list[tuple[list[tuple[int, int]], ...]],
    ) -> Factor:
        """Returns the factor with all functions: in each box, all combinations of options."""
        number = sum(math.prod(len(options) for options in box) for box in boxes)
        if number > MOST_FUNCTIONS:
            raise TooManyError
        self._spend(number * len(group))
        values = np.empty((number, self.games.agents + 1, len(group)))
        moves, source, k = np.empty((number, len(group)), np.int64), np.empty(number, np.int64), 0
        for b, box in enumerate(boxes):
            for combination in product(*box):
                for m, (row, column) in enumerate(combination):
                    stage = stages[group[m]]
                    values[k, :, m] = stage.values[row, :, column]
                    moves[k, m] = stage.moves[column]
                source[k] = b
                k += 1
        _, kept = np.unique(self._rounded(values).reshape(number, -1), axis=0, return_index=True)
        return Factor(tuple(group), values[kept], moves[kept], parts, picks[source[kept]])

    def _extremes(self, stages: dict[int, Stage], groups: list[list[int]]) -> AllEquilibria | None:
        """Returns the extremes over the starts, and the best plan."""
        low, high = np.zeros(2), np.zeros(2)
        plan = np.zeros((self.games.steps, len(self.home)), np.int64)
        chosen: dict[int, int] = {}
        for group in groups:
            parts, picks, boxes = self._boxes(stages, group)
            if not len(picks):
                return None
            totals = [self._total(stages, group, box) for box in boxes]
            low += np.min([total[0] for total in totals], axis=0)
            high += np.max([total[1] for total in totals], axis=0)
            rewards = np.array([total[1][0] for total in totals])
            near = rewards >= rewards.max() - self.games.tolerance
            performance = np.array([total[2] for total in totals])
            best = int(np.where(near, performance, -np.inf).argmax())
            plan[0, group] = totals[best][3]
            chosen |= dict(zip(parts, picks[best].tolist()))
        self._trace(plan, chosen)
        return AllEquilibria(low, high, plan)

    def _total(
        self, stages: dict[int, Stage], group: list[int], box: tuple[list[tuple[int, int]], ...]
    ) -> tuple[Floats, Floats, float, list[int]]:
        """Returns the least and greatest totals, the performance at the best reward, its moves."""
        low, high, performance, moves = np.zeros(2), np.zeros(2), 0.0, []
        for state, options in zip(group, box):
            stage, probability = stages[state], self.games.model.worlds.start[state]
            rows, columns = np.array(options).T
            values = stage.values[rows, :, columns]
            both = np.stack([values[:, :-1].sum(axis=1), values[:, -1]])
            low += probability * both.min(axis=1)
            high += probability * both.max(axis=1)
            near = both[0] >= both[0].max() - self.games.tolerance
            best = int(np.where(near, both[1], -np.inf).argmax())
            performance += probability * both[1, best]
            moves.append(int(stage.moves[columns[best]]))
        return low, high, performance, moves

    def _trace(self, plan: Ints, chosen: dict[int, int]) -> None:
        """Writes the chosen functions' actions into a plan [T, S], from the second step on."""
        for t in range(1, self.games.steps):
            later: dict[int, int] = {}
            for number, factor in enumerate(self.layers[t]):
                which = chosen.get(number, 0)
                plan[t, list(factor.states)] = factor.moves[which]
                later |= dict(zip(factor.parts, factor.picks[which].tolist()))
            chosen = later


def _groups(stages: dict[int, Stage]) -> list[list[int]]:
    """Groups states that depend, directly or through others, on common choices."""
    groups: list[tuple[set[int], list[int]]] = []
    for state, stage in stages.items():
        mine, members = set(stage.parts), [state]
        apart = []
        for parts, others in groups:
            if mine & parts:
                mine, members = mine | parts, others + members
            else:
                apart.append((parts, others))
        groups = [*apart, (mine, members)]
    return [sorted(members) for _, members in groups]
