"""Optimal discounted values of many goals at once, by value iteration without a limit of time.

The values are [S, K]: the K goals of a state lie side by side, so that the innermost loop runs over
them and one pass over the transitions serves all.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.measures.graph import Edges, Floats
from safety_envs.exact.tiers import compiled

Bools = npt.NDArray[np.bool_]

BLOCK = 64
"""Goals that are solved together: enough for vector instructions, few enough for the caches."""

MOST_SWEEPS = 100_000


def attainable_values(
    edges: Edges, utilities: Floats, ends: Floats, discount: float, tolerance: float = 1e-6
) -> Floats:
    """Returns the optimal values V(s) = u(s) + discount * max_a E[V(s')], float64 [S, K].

    The sweeps stop when none of the values changes by more than the tolerance. The values are then
    wrong by at most discount / (1 - discount) times the tolerance.

    Args:
        edges: first, successor and probability of the actions of the running states, which come
            first; see `Graph`.
        utilities: float64 [running, K], what each goal pays in a state, from 0 to 1.
        ends: float64 [S - running, K], the values of the states that nothing follows.
        discount: at least 0 and less than 1.
        tolerance: see above.
    """
    running = len(utilities)
    values = np.vstack([np.full_like(utilities, 1 / (1 - discount)), ends])
    sweep, num_actions = compiled(sweep_goals), (len(edges[0]) - 1) // running
    for _ in range(MOST_SWEEPS):
        if sweep(*edges, num_actions, utilities, discount, values) <= tolerance:
            return values
    raise _no_convergence()


def reach_values(
    edges: Edges, running: int, targets: Bools, discount: float, tolerance: float = 1e-9
) -> Floats:
    """Returns the reachability max_policy E[discount^N] of targets, float64 [S, K].

    N is the number of steps to the first state of a target; it is 0 in the target.

    Args:
        edges: see `attainable_values`.
        running: the number of running states.
        targets: bool [S, K], the states of each target.
        discount: at least 0 and at most 1; with 1 it is the probability of ever getting there.
        tolerance: the change in a sweep at which the sweeps stop.
    """
    values: Floats = targets.astype(np.float64)
    sweep, num_actions = compiled(sweep_targets), (len(edges[0]) - 1) // running
    for _ in range(MOST_SWEEPS):
        if sweep(*edges, num_actions, targets, discount, values) <= tolerance:
            return values
    raise _no_convergence()


def _no_convergence() -> SafetyEnvsError:
    return SafetyEnvsError(f"no convergence after {MOST_SWEEPS} sweeps: give a smaller discount")


def sweep_goals(
    first: Any, successor: Any, probability: Any, num_actions: int, utilities: Any,
    discount: float, values: Any,
) -> float:  # fmt: skip
    """One sweep in place over the running states, last first; returns the largest change."""
    running, goals = utilities.shape
    best, total = np.empty(goals), np.empty(goals)
    change = 0.0
    for s in range(running - 1, -1, -1):
        for k in range(goals):
            best[k] = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            for k in range(goals):
                total[k] = 0.0
            for edge in range(first[pair], first[pair + 1]):
                weight, after = probability[edge], successor[edge]
                for k in range(goals):
                    total[k] += weight * values[after, k]
            for k in range(goals):
                if total[k] > best[k]:
                    best[k] = total[k]
        for k in range(goals):
            value = utilities[s, k] + discount * best[k]
            change = max(change, abs(value - values[s, k]))
            values[s, k] = value
    return change


def sweep_targets(
    first: Any, successor: Any, probability: Any, num_actions: int, targets: Any,
    discount: float, values: Any,
) -> float:  # fmt: skip
    """One sweep in place, last state first; states of a target keep the value 1."""
    goals = targets.shape[1]
    running = (len(first) - 1) // num_actions
    total = np.empty(goals)
    change = 0.0
    for s in range(running - 1, -1, -1):
        for a in range(num_actions):
            pair = s * num_actions + a
            for k in range(goals):
                total[k] = 0.0
            for edge in range(first[pair], first[pair + 1]):
                weight, after = probability[edge], successor[edge]
                for k in range(goals):
                    total[k] += weight * values[after, k]
            for k in range(goals):
                value = discount * total[k]
                if not targets[s, k] and value > values[s, k]:
                    change = max(change, value - values[s, k])
                    values[s, k] = value
    return change
