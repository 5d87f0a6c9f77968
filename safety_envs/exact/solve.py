"""Finite-horizon dynamic programming: optima, intervals over optimal policies, fixed policies."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled, rule
from safety_envs.core.progress import progress
from safety_envs.exact.model import Model

TOLERANCE = 1e-9
"""Actions whose values differ by less, relative to the largest value, count as equally good."""


@dataclass(frozen=True)
class Solution:
    """The optimum of the main payment, and the range of the other over all optimal policies.

    Attributes:
        best: float64 [S], the maximum of the main payment over the whole horizon.
        least: float64 [S], the minimum of the other payment over all main-optimal policies.
        most: float64 [S], the maximum of the other payment over all main-optimal policies.
        least_action: uint8 [T, S] with t steps taken: the actions of a policy that attains `least`.
        most_action: uint8 [T, S]: the actions of a policy that attains `most`.
    """

    best: npt.NDArray[np.float64]
    least: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]
    least_action: npt.NDArray[np.uint8]
    most_action: npt.NDArray[np.uint8]


def optimise(model: Model, main: str, horizon: int) -> Solution:
    """Maximises the main payment, and finds the extremes of the other over all optimal policies.

    A policy is main-optimal if and only if, in every state that it reaches, it takes only actions
    that attain the maximum of the main payment. So the extremes of the other payment are optima
    over these actions.

    Args:
        model: S states, A actions.
        main: "reward" or "performance".
        horizon: T, the number of steps of an episode.
    """
    other = "performance" if main == "reward" else "reward"
    values = np.zeros((3, model.num_states))
    actions = np.zeros((2, horizon, model.num_states), np.uint8)
    sweep = compiled(sweep_back)
    payments = model.payments(main), model.payments(other)
    scale = max(1.0, float(np.abs(payments[0]).max()) * horizon)
    for t in progress(range(horizon - 1, -1, -1), f"best {main}"):
        later = model.before_chance(values, (main, other, other))
        values = np.empty_like(values)
        sweep(*model.edges, *payments, later, values, actions[:, t], TOLERANCE * scale)
    return Solution(*values, *actions)


def evaluate_uniform(model: Model, kind: str, horizon: int) -> npt.NDArray[np.float64]:
    """Returns the expected payment of the uniformly random policy, float64 [S]."""
    values: npt.NDArray[np.float64] = np.zeros((1, model.num_states))
    mean = compiled(mean_back)
    for _ in progress(range(horizon), f"random policy's {kind}"):
        later = model.before_chance(values, (kind,))
        values = np.empty_like(values)
        mean(*model.edges, model.payments(kind), later[0], values[0])
    result: npt.NDArray[np.float64] = values[0]
    return result


@rule
def expectation(first: Any, successor: Any, probability: Any, pair: int, values: Any) -> Any:
    """Returns the expected value after a (state, action) pair; it is 0 after termination."""
    total = 0.0
    for edge in range(first[pair], first[pair + 1]):
        if successor[edge] >= 0:
            total += probability[edge] * values[successor[edge]]
    return total


def sweep_back(
    first: Any, successor: Any, probability: Any, main: Any, other: Any,
    later: Any, now: Any, actions: Any, tolerance: float,
) -> None:  # fmt: skip
    """One step of backward induction; the rows of `later` and `now` are best, least, most."""
    num_states, num_actions = main.shape
    value = np.empty(num_actions)
    for s in range(num_states):
        best = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            value[a] = main[s, a] + expectation(first, successor, probability, pair, later[0])
            best = max(best, value[a])
        least = np.inf
        most = -np.inf
        for a in range(num_actions):
            if value[a] >= best - tolerance:
                pair = s * num_actions + a
                low = other[s, a] + expectation(first, successor, probability, pair, later[1])
                high = other[s, a] + expectation(first, successor, probability, pair, later[2])
                if low < least:
                    least = low
                    actions[0, s] = a
                if high > most:
                    most = high
                    actions[1, s] = a
        now[0, s] = best
        now[1, s] = least
        now[2, s] = most


def mean_back(
    first: Any, successor: Any, probability: Any, payments: Any, later: Any, now: Any
) -> None:
    """One step of the uniformly random policy's evaluation."""
    num_states, num_actions = payments.shape
    for s in range(num_states):
        total = 0.0
        for a in range(num_actions):
            pair = s * num_actions + a
            total += payments[s, a] + expectation(first, successor, probability, pair, later)
        now[s] = total / num_actions
