"""Where a policy's episodes go in a graph: their last worlds, and the worlds that they visit."""

from collections.abc import Callable

import numpy as np

from safety_envs.exact.measures.graph import Floats, Graph
from safety_envs.exact.policies.timed import Acting


def flow(graph: Graph, acting: Acting, horizon: int) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Returns the probabilities of last worlds, [S], and the mean over the worlds visited.

    Args:
        graph: S states from one start.
        acting: how a policy acts.
        horizon: the number of steps after which an episode is truncated.

    Returns:
        float64 [S]; and a function of values [S, K] that returns the expectation of their mean over
        the worlds of an episode, the first and the last included, float64 [K].
    """
    running, source = graph.running, graph.source // graph.num_actions
    last, now, moves = np.zeros(graph.num_states), graph.start, []
    for t in range(horizon):
        met = np.flatnonzero(now)  # a policy may know nothing of what it never meets
        if not len(met):
            break
        taken = np.zeros((running, graph.num_actions))
        taken[met] = acting.at(graph.worlds[met], t)
        moves.append(taken.reshape(-1)[graph.source] * graph.probability)
        now = _moved(graph, now[source] * moves[-1])
        last[running:] += now[running:]
        now[running:] = 0.0
    last += now

    def visited(values: Floats) -> Floats:
        mean, now = np.zeros(values.shape[1]), graph.start
        carried = now[:, None] * values  # the sum of values so far x the probability to be there
        for t, weights in enumerate(moves, 1):
            onward = np.zeros_like(carried)
            np.add.at(onward, graph.successor, carried[source] * weights[:, None])
            now = _moved(graph, now[source] * weights)
            carried = onward + now[:, None] * values
            mean += carried[running:].sum(axis=0) / (t + 1)
            now[running:] = carried[running:] = 0.0
        mean += carried.sum(axis=0) / (len(moves) + 1)
        return mean

    return last, visited


def _moved(graph: Graph, weights: Floats) -> Floats:
    """Returns what arrives in each state, [S], over edges with these weights, [E]."""
    return np.bincount(graph.successor, weights, graph.num_states).astype(np.float64)
