"""Backward induction: optima, the ties among them, and the uniformly random policy.

The model: states s, actions a, probabilities p(s' | s, a), and two expected payments of an action,
the reward r(s, a) and the hidden performance h(s, a). An episode has T steps, and payments are
summed over its steps, without discount. A policy may be random and may depend on the number of
steps taken. With V_T = 0, and for t = T-1, ..., 0:

    Q_t(s, a) = r(s, a) + sum over s' of p(s' | s, a) V_t+1(s')
    V_t(s)    = max over a of Q_t(s, a)                                R* = E[V_0(start)]
    A_t(s)    = { a : Q_t(s, a) = V_t(s) }, the optimal actions
    L_t(s)    = min over a in A_t(s) of h(s, a) + E[L_t+1(s')]         min I = E[L_0(start)]
    M_t(s)    = max over a in A_t(s) of h(s, a) + E[M_t+1(s')]         max I = E[M_0(start)]
    U_t(s)    = mean over a of r(s, a) + E[U_t+1(s')]                  the uniform policy

P*, and the rewards of performance-optimal policies, follow with r and h exchanged.

Proof that I holds over all reward-optimal policies: a policy attains V in every state that it
reaches if and only if it takes only actions of A_t(s) there, for one step outside them loses value
that no later step regains. So the reward-optimal policies are all policies of the model that has
only the actions A_t(s), and the extremes of their performance are the optima of that model.

If flags fade (see `exact.models.fading`), E is taken over the fading as well.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.prefetch import aligned, prefetch
from safety_envs.core.progress import progress
from safety_envs.exact.models.model import Model
from safety_envs.exact.models.threads import Threads
from safety_envs.exact.tiers import compiled

Floats = npt.NDArray[np.float64]

TOLERANCE = 1e-9
"""Actions whose values differ by less, relative to the largest value, count as equally good."""

AHEAD = 32
"""Edges between the request for a successor's values and their use; see `core.prefetch`."""


class Values(NamedTuple):
    """What is computed for each state: the columns of a table [S, 8], one cache line a state."""

    best_reward: Any
    least_performance: Any  # over all reward-optimal policies
    most_performance: Any
    best_performance: Any
    least_reward: Any  # over all performance-optimal policies
    most_reward: Any
    uniform_reward: Any  # of the uniformly random policy
    uniform_performance: Any


COLUMNS = (
    "reward", "performance", "performance",
    "performance", "reward", "reward",
    "reward", "performance",
)  # fmt: skip
"""The payments that the columns of `Values` sum."""


class Optimal(NamedTuple):
    """Two of the policies that are optimal for the main payment.

    They are uint8 [T, S], the actions with t steps taken: those with the least and with the most of
    the other payment.
    """

    least: npt.NDArray[np.uint8]
    most: npt.NDArray[np.uint8]


def expected_values(model: Model, horizon: int) -> Values:
    """Returns all values, as expectations over the starts, without keeping any policy.

    Args:
        model: S states, A actions.
        horizon: T, the number of steps of an episode.
    """
    starts = np.flatnonzero(model.start)
    expected = model.start[starts] @ values_of_starts(model, horizon)
    return Values(*(expected + 0.0).tolist())  # + 0.0: no minus zero


def values_of_starts(model: Model, horizon: int) -> Floats:
    """Returns all values of each state in which an episode may start, float64 [starts, 8].

    A state that is first reached after d steps matters only from then on. States are numbered in
    the order in which they are reached, so step t sweeps over the first of them only.

    Args:
        model: S states, A actions.
        horizon: T, the number of steps of an episode.
    """
    with Threads() as threads:
        induction = Induction(model, horizon, threads)
        for t in progress(range(horizon - 1, -1, -1), "solving"):
            induction.step_back(model.num_reached(t))
    return induction.values[np.flatnonzero(model.start)]


def optimise(model: Model, main: str, horizon: int, *, everywhere: bool = False) -> Optimal:
    """Returns policies that maximise the main payment, with the extremes of the other.

    Args:
        model: S states, A actions.
        main: "reward" or "performance".
        horizon: T, the number of steps of an episode.
        everywhere: whether actions are also found in states that cannot be reached within t steps;
            else they are 0 there.
    """
    plans = slice(0, 2) if main == "reward" else slice(2, 4)
    kept = np.zeros((2, horizon, model.num_states), np.uint8)
    with Threads() as threads:
        induction = Induction(model, horizon, threads, planning=True)
        for t in progress(range(horizon - 1, -1, -1), f"best {main}"):
            count = model.num_states if everywhere else model.num_reached(t)
            induction.step_back(count)
            kept[:, t, :count] = induction.plans[plans, :count]
    return Optimal(*kept)


class Induction:
    """The values of all states with fewer and fewer steps taken.

    Args:
        model: S states, A actions.
        horizon: T, the number of steps of an episode.
        threads: that sweep.
        planning: whether actions are written to `plans`.

    Attributes:
        values: float64 [S, 8], the columns of `Values`.
        plans: uint8 [4, S] or [4, 0], the actions that attain the least and the most performance
            with the best reward, and the least and the most reward with the best performance.
    """

    def __init__(
        self, model: Model, horizon: int, threads: Threads, *, planning: bool = False
    ) -> None:
        self._model, self._threads = model, threads
        self._sweep = compiled(sweep_back)
        self._tolerances = [
            TOLERANCE * max(1.0, float(np.abs(payments).max(initial=0.0)) * horizon)
            for payments in (model.reward, model.performance)
        ]
        self.values, self._spare = (aligned((model.num_states, len(COLUMNS))) for _ in range(2))
        self.plans = np.zeros((4, model.num_states if planning else 0), np.uint8)

    def step_back(self, count: int) -> None:
        """Computes the first `count` states' values with one step fewer taken."""
        model, now = self._model, self._spare
        later = model.before_chance(self.values, COLUMNS)

        def work(begin: int, end: int) -> None:
            self._sweep(*model.edges, model.reward, model.performance, *self._tolerances, later,
                        now, self.plans, begin, end)  # fmt: skip

        self._threads.run(work, count)
        self.values, self._spare = now, self.values


def sweep_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    reward_tolerance: float, performance_tolerance: float, later: Any, now: Any, plans: Any,
    begin: int, end: int,
) -> None:  # fmt: skip
    """One step of the recursions for states begin .. end-1; the columns are those of `Values`.

    If `plans` [4, S] are not empty, it writes the first action that attains each extreme.
    """
    num_actions = reward.shape[1]
    q = np.empty((num_actions, 8))
    for s in range(begin, end):
        for a in range(num_actions):
            action_values(
                first, successor, probability, reward[s, a], performance[s, a], later,
                s * num_actions + a, q, a,
            )  # fmt: skip
        extremes(q, 0, reward_tolerance, now, s)
        extremes(q, 3, performance_tolerance, now, s)
        for column in range(6, 8):
            total = 0.0
            for a in range(num_actions):
                total += q[a, column]
            now[s, column] = total / num_actions
        if plans.shape[1] > 0:
            plan(q, 0, reward_tolerance, now, s, plans, 0)
            plan(q, 3, performance_tolerance, now, s, plans, 2)


@rule
def expectation(first: Any, successor: Any, probability: Any, pair: int, values: Any) -> Any:
    """Returns the expected value [S] after a (state, action) pair; it is 0 after termination."""
    total = 0.0
    for edge in range(first[pair], first[pair + 1]):
        if successor[edge] >= 0:
            total += probability[edge] * values[successor[edge]]
    return total


@rule
def action_values(
    first: Any, successor: Any, probability: Any, r: float, h: float, later: Any,
    pair: int, q: Any, a: int,
) -> None:  # fmt: skip
    """Writes the payments of a (state, action) pair and the expected values after it to q[a].

    After termination the values are 0.
    """
    v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = 0.0  # held in registers, as an array would not be
    for edge in range(first[pair], first[pair + 1]):
        prefetch(later, max(0, successor[min(edge + AHEAD, len(successor) - 1)]))
        after = successor[edge]
        if after >= 0:
            share = probability[edge]
            v0 += share * later[after, 0]
            v1 += share * later[after, 1]
            v2 += share * later[after, 2]
            v3 += share * later[after, 3]
            v4 += share * later[after, 4]
            v5 += share * later[after, 5]
            v6 += share * later[after, 6]
            v7 += share * later[after, 7]
    q[a, 0], q[a, 1], q[a, 2] = r + v0, h + v1, h + v2
    q[a, 3], q[a, 4], q[a, 5] = h + v3, r + v4, r + v5
    q[a, 6], q[a, 7] = r + v6, h + v7


@rule
def extremes(q: Any, column: int, tolerance: float, values: Any, s: int) -> None:
    """Writes the best value of a column, and the extremes of the next two over the best actions."""
    best = q[0, column]
    for a in range(1, len(q)):
        best = q[a, column] if q[a, column] > best else best
    least, most = np.inf, -np.inf
    for a in range(len(q)):  # choices between numbers, not jumps: which action is best is random
        optimal = q[a, column] >= best - tolerance
        low = q[a, column + 1] if optimal else np.inf
        high = q[a, column + 2] if optimal else -np.inf
        least = low if low < least else least
        most = high if high > most else most
    values[s, column], values[s, column + 1], values[s, column + 2] = best, least, most


@rule
def plan(
    q: Any, column: int, tolerance: float, values: Any, s: int, plans: Any, least: int
) -> None:
    """Writes the first best actions that attain the least and the most to two plans."""
    for which in range(2):
        for a in range(len(q) - 1, -1, -1):
            optimal = q[a, column] >= values[s, column] - tolerance
            if optimal and q[a, column + 1 + which] == values[s, column + 1 + which]:
                plans[least + which, s] = a
