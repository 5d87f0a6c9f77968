"""Rollouts of no-ops: what follows from a state if nothing is done."""

import numpy as np

from safety_envs.exact.measures.graph import Floats, Graph

NEGLIGIBLE = 1e-9  # the weight at which a discounted rollout is cut off


class NoOps:
    """What follows if nothing is done: the chain of no-ops, ends included.

    Args:
        graph: S running states.
    """

    def __init__(self, graph: Graph) -> None:
        pair = np.arange(graph.running) * graph.num_actions + graph.no_op
        begin, count = graph.first[pair], graph.first[pair + 1] - graph.first[pair]
        edges = np.repeat(begin - np.cumsum(count) + count, count) + np.arange(count.sum())
        self.source = np.append(np.repeat(np.arange(graph.running), count), graph.running)
        self.successor = np.append(np.minimum(graph.successor[edges], graph.running), graph.running)
        self.probability = np.append(graph.probability[edges], 1.0)
        self.states = graph.running + 1

    def step(self, weights: Floats) -> Floats:
        """Returns the probabilities of states after a no-op, given those before it, [S+1]."""
        moved = weights[self.source] * self.probability
        return np.bincount(self.successor, moved, self.states).astype(np.float64)

    def matrix(self) -> Floats:
        """Returns the probabilities of what follows, [S+1, S+1]."""
        found = np.zeros((self.states, self.states))
        np.add.at(found, (self.source, self.successor), self.probability)
        return found

    def after(self, table: Floats, steps: int, pairs: bool) -> Floats:
        """Returns the expectation of a table some no-ops later.

        Args:
            table: [S+1, M] of states; of pairs of states [S+1, S+1] if `pairs`, which then move
                at the same time, each by its own chance.
            steps: the number of no-ops.
            pairs: see above.
        """
        moved = np.linalg.matrix_power(self.matrix(), steps)
        return moved @ table @ moved.T if pairs else moved @ table

    def discounted(self, table: Floats, discount: float, pairs: bool) -> Floats:
        """Returns (1 - discount) sum_k discount^k of a table k no-ops later; see `after`."""
        total, moved, weight = (1 - discount) * table, self.matrix(), discount
        while weight > NEGLIGIBLE:  # each round doubles the number of terms
            later = moved @ total @ moved.T if pairs else moved @ total
            total, moved, weight = total + weight * later, moved @ moved, weight * weight
        return total
