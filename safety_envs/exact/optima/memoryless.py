"""Memoryless policies: the best one that acts on the last observation alone, exactly.

A memoryless policy is a map from observations to actions; it knows neither the past nor the time.
Finding the best is hard in general, so the search is branch and bound:

- A node gives some observations their action. If all other states could be told apart, the best
  that is left follows by backward induction. That is an upper bound of the node.
- The plan behind it takes several actions at one observation, or it is memoryless and attains the
  bound. Its most frequent actions are a policy, whose value is a lower bound of the whole.
- A node whose bound is above the best policy so far is split at the observation at which its plan
  disagrees with itself most often, by the actions there.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.listed import Floats, Ints, ListedModel

FREE = -1
"""Stands for the action of an observation that has none yet."""
NEAR = 1e-9
"""A bound must be above the best value by this share of its size to be looked at."""


@dataclass(frozen=True)
class Search:
    """A search for the best memoryless policy; S states, A actions, O observations.

    Attributes:
        model: the environment.
        payment: what is maximised, a name in `model.names`.
        most_nodes: how many nodes are looked at, at most.
    """

    model: ListedModel
    payment: str
    most_nodes: int

    def best(self) -> tuple[float, Ints, int]:
        """Returns the greatest value, an action for each observation [O], and the nodes it took.

        Raises:
            TooManyStatesError: there are more nodes than `most_nodes`.
        """
        start = np.full(self.model.num_sights, FREE)
        waiting = [(self.optimum(start)[0], start)]
        value, chosen, nodes = -np.inf, start, 0
        while waiting:
            bound, given = waiting.pop()
            if bound <= value + NEAR * max(1.0, abs(value)):
                continue
            nodes += 1
            if nodes > self.most_nodes:
                raise TooManyStatesError(
                    f"{self.model.configuration.id}: the best memoryless policy is not among the "
                    f"first {self.most_nodes} nodes of the search; it is worth between "
                    f"{value:.6g} and {max(bound, *(each[0] for each in waiting), value):.6g}. "
                    "Give a larger most_nodes=, or make the environment smaller"
                )
            often = self.frequencies(self.optimum(given)[1])
            policy = np.where(given == FREE, often.argmax(axis=1), given)
            attained = self.optimum(policy)[0]
            if attained > value:
                value, chosen = attained, policy
            disagreement = np.where(given == FREE, often.sum(axis=1) - often.max(axis=1), -1.0)
            if disagreement.max() > 0:
                waiting += self._parts(given, int(disagreement.argmax()))
        return value, chosen, nodes

    def _parts(self, given: Ints, observation: int) -> list[tuple[float, Ints]]:
        """Returns a node's parts with their bounds, the best last."""
        parts = []
        for action in range(self.model.num_actions):
            part = given.copy()
            part[observation] = action
            parts.append((self.optimum(part)[0], part))
        return sorted(parts, key=lambda each: each[0])

    def optimum(self, given: Ints) -> tuple[float, Ints]:
        """Returns the best expected payment if given observations [O] have their action.

        Also returns the plan that attains it, actions [T, S], for an agent that sees the state.
        """
        model, horizon = self.model, self.model.case.horizon
        action = given[model.seen]  # [S]
        barred = (action[:, None] != FREE) & (action[:, None] != np.arange(model.num_actions))
        values = np.zeros(model.num_states)
        plan = np.zeros((horizon, model.num_states), np.int64)
        for step in reversed(range(horizon)):
            later = np.where(model.successor < 0, 0.0, values[model.successor])
            worth = np.where(barred, -np.inf, self._paid + model.expected(later))
            plan[step] = worth.argmax(axis=1)
            values = worth.max(axis=1)
        return float(model.start @ values), plan

    def frequencies(self, plan: Ints) -> Floats:
        """Returns how often a plan [T, S] takes each action at each observation, [O, A]."""
        model = self.model
        often = np.zeros((model.num_sights, model.num_actions))
        there = model.start
        for actions in plan:
            np.add.at(often, (model.seen, actions), there)
            taken = (self._action == actions[self._state]) & (model.successor >= 0)
            flow = there[self._state[taken]] * model.probability[taken]
            there = np.bincount(model.successor[taken], flow, model.num_states).astype(np.float64)
        return often

    @cached_property
    def _paid(self) -> Floats:
        """The expected payment of each action in each state, [S, A]."""
        return self.model.expected(self.model.column(self.payment))

    @cached_property
    def _state(self) -> Ints:
        """The state of each edge, [E]."""
        return self.model.pair // self.model.num_actions

    @cached_property
    def _action(self) -> Ints:
        """The action of each edge, [E]."""
        return self.model.pair % self.model.num_actions
