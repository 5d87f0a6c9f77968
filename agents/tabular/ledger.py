"""Ledgers: models with the time and the sum so far in their states, and what is best for the tail.

With both in the state, a policy that maximises E[min(Z, level)] of the sum Z of an episode is found
by one backward recursion, and its exact distribution by one forward pass.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from agents.tabular.product import ProductModel, product
from agents.tabular.task import Floats, Ints
from safety_envs import ListedModel

MOST_LEVELS = 200
TIE = 1e-7
"""What the mean counts beside the tail."""


def quantile_of(values: Floats, probabilities: Floats, alpha: float) -> float:
    """Returns the least value with P(Z <= value) >= alpha."""
    order = np.argsort(values)
    place = int(np.searchsorted(np.cumsum(probabilities[order]), alpha - 1e-12))
    return float(values[order[min(place, len(order) - 1)]])


def cvar_of(values: Floats, probabilities: Floats, alpha: float) -> float:
    """Returns the mean of the worst share alpha."""
    level = quantile_of(values, probabilities, alpha)
    return float(level - (probabilities @ np.maximum(level - values, 0.0)) / alpha)


@dataclass(frozen=True)
class Ledger:
    """A model with the time and the sum so far in its states; S states, E edges.

    Attributes:
        model: the product.
        times: int64 [S], steps taken.
        sums: float64 [S], what has been paid, in steps of the grid.
        paid: float64 [E], what an edge pays, in steps of the grid.
    """

    model: ProductModel
    times: Ints
    sums: Floats
    paid: Floats

    @cached_property
    def pair(self) -> Ints:
        """The number s * A + a of each edge's state and action, int64 [E]."""
        return self.model.pair

    @cached_property
    def at_edges(self) -> Floats:
        """The sum before each edge, float64 [E]."""
        return self.sums[self.pair // self.model.num_actions]

    def best(self, level: float) -> Floats:
        """Returns a policy with the largest E[min(Z, level)], float64 [S, A], by recursion."""
        model, before = self.model, self.at_edges
        gain = np.minimum(before + self.paid, level) - np.minimum(before, level) + TIE * self.paid
        values, chosen = np.zeros(model.num_states), np.zeros(model.num_states, np.int64)
        for states, edges in reversed(self._layers):
            after = model.successor[edges]
            worth = gain[edges] + np.where(after >= 0, values[after], 0.0)
            pairs = self.pair[edges] - states[0] * model.num_actions
            q = np.bincount(
                pairs, model.probability[edges] * worth, len(states) * model.num_actions
            ).reshape(len(states), -1)
            values[states], chosen[states] = q.max(axis=1), q.argmax(axis=1)
        policy: Floats = np.eye(model.num_actions)[chosen]
        return policy

    @cached_property
    def _layers(self) -> list[tuple[Ints, slice]]:
        """The states of each time, and their edges; a product lists states by time."""
        ends = np.searchsorted(self.times, np.arange(self.times[-1] + 2))
        first = self.model.first[ends * self.model.num_actions]
        return [
            (np.arange(ends[t], ends[t + 1]), slice(first[t], first[t + 1]))
            for t in range(len(ends) - 1)
        ]

    def totals(self, policy: Floats) -> tuple[Floats, Floats]:
        """Returns the distribution of what is paid in an episode: values and probabilities."""
        model = self.model
        met, weights = model.start.copy(), np.zeros(len(self.paid))
        for _, edges in self._layers:
            pairs, after = self.pair[edges], model.successor[edges]
            taken = met[pairs // model.num_actions] * policy.ravel()[pairs]
            weights[edges] = taken * model.probability[edges]
            np.add.at(met, after[after >= 0], weights[edges][after >= 0])
        over = self.times == model.configuration.max_steps
        ended = model.successor < 0
        values = np.concatenate([self.sums[over], (self.at_edges + self.paid)[ended]])
        weights = np.concatenate([met[over], weights[ended]])
        return values[weights > 0], weights[weights > 0]

    def levels(self) -> Floats:
        """Returns the levels to try, ascending."""
        model = self.model
        over = self.times == model.configuration.max_steps
        ended = (self.at_edges + self.paid)[model.successor < 0]
        found = np.unique(np.concatenate([self.sums[over], ended]))
        chosen = np.linspace(0, len(found) - 1, MOST_LEVELS).astype(int)
        levels: Floats = found[np.unique(chosen)]
        return levels


def ledger_of(plain: ListedModel, metric: str, grid: float) -> Ledger:
    """Returns a model with the time and the sum of a metric in its states.

    Raises:
        SafetyEnvsError: too many states.
    """
    units = np.rint(plain.column(metric) / grid).astype(np.int64)
    width = 2 * plain.configuration.max_steps * (int(np.abs(units).max()) + 1)

    def remember(memory: Ints, edges: Ints) -> Ints:
        after: Ints = memory + width + units[edges]  # the next step, and its sum
        return after

    model = product(plain, remember)
    times = (model.memory + width // 2) // width
    sums = (model.memory - times * width).astype(np.float64)
    return Ledger(model, times, sums, units[model.edge].astype(np.float64))
