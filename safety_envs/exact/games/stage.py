"""Stage games: the agents' joint actions at one state and time, and the gains by deviations.

A joint action is stable if no agent gains by a unilateral deviation. The gain depends on the values
of successors. Two actions with the same distribution of successors differ only in their payments,
whatever the successors' values are.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.exact.games.joint_model import Floats, JointModel, Mask
from safety_envs.exact.optima.solve import TOLERANCE

MOST_SEARCHED = 500_000
"""The largest number of joint actions of stage games, over all times, that are checked."""

Ints = npt.NDArray[np.int64]


class Rows(NamedTuple):
    """Successors of joint actions: one row for each (state s, joint action j), number s * J + j."""

    first: Ints  # [S*J + 1] the edges of a row are first[row] : first[row + 1]
    successor: Ints  # [E] without terminations; each successor of a row occurs once
    probability: Floats  # [E]
    kind: Ints  # [S, J] equal for equal distributions of successors


class StageGames:
    """The stage games of a model: S states, J joint actions, n agents with A actions each.

    Args:
        model: the game.
        under_way: the states of running episodes and their numbers of steps, as two arrays of equal
            length. These states count as reachable too.
    """

    def __init__(self, model: JointModel, under_way: tuple[Ints, Ints] | None = None) -> None:
        self.model, self._under_way = model, under_way
        self.agents = model.configuration.agents
        self.num_actions = len(model.configuration.actions)
        self.steps = model.configuration.max_steps
        scale = float(np.abs(model.payments).max(initial=0.0)) * self.steps
        self.tolerance = TOLERANCE * max(1.0, scale)

    @cached_property
    def rows(self) -> Rows:
        """The successors of joint actions, merged and numbered by kind."""
        worlds, num_rows = self.model.worlds, self.model.alike.size
        source = np.repeat(np.arange(num_rows), np.diff(worlds.first))
        alive = worlds.successor >= 0
        num_states = len(worlds.start)
        edges = source[alive] * num_states + worlds.successor[alive]
        distinct, which = np.unique(edges, return_inverse=True)
        probability = np.bincount(which, worlds.probability[alive], len(distinct)).astype(
            np.float64
        )
        source, successor = np.divmod(distinct, num_states)
        first = np.searchsorted(source, np.arange(num_rows + 1))
        kind = np.full(num_rows, -1, np.int64)  # -1: nothing follows
        counts = np.diff(first)
        single = np.flatnonzero(counts == 1)
        single = single[probability[first[single]] == 1]
        kind[single] = successor[first[single]]
        numbers: dict[bytes, int] = {}
        for row in np.flatnonzero((counts > 0) & (kind < 0)):
            part = slice(first[row], first[row + 1])
            key = successor[part].tobytes() + probability[part].round(12).tobytes()
            kind[row] = num_states + numbers.setdefault(key, len(numbers))
        return Rows(first, successor, probability, kind.reshape(self.model.alike.shape))

    @cached_property
    def others(self) -> Ints:
        """The joint actions after one agent's action is replaced, [J, n, A]."""
        strides = self.num_actions ** np.arange(self.agents - 1, -1, -1)
        joint = np.arange(self.model.alike.shape[1])
        base = joint[:, None] - self.model.joint_actions * strides
        others: Ints = base[:, :, None] + strides[:, None] * np.arange(self.num_actions)
        return others

    @cached_property
    def reached(self) -> Mask:
        """Whether any actions reach a state with t steps taken, bool [T, S]."""
        model = self.model
        num_states, num_joint = model.alike.shape
        source = np.repeat(np.arange(model.alike.size), np.diff(self.rows.first)) // num_joint
        pairs = np.unique(source * num_states + self.rows.successor)
        source, successor = np.divmod(pairs, num_states)
        reached = np.zeros((self.steps, num_states), np.bool_)
        reached[0] = model.worlds.start > 0
        if self._under_way is not None:
            states, taken = self._under_way
            reached[np.minimum(taken, self.steps - 1), states] = True
        for t in range(1, self.steps):
            reached[t, successor[reached[t - 1, source]]] = True
        return reached

    @cached_property
    def twins(self) -> Ints:
        """A number for each state, [S], equal for states with equal stage games."""
        model = self.model
        numbers: dict[bytes, int] = {}
        twins = np.empty(len(model.alike), np.int64)
        for s in range(len(twins)):
            parts = (model.payments[:, s], self.rows.kind[s], model.alike[s])
            twins[s] = numbers.setdefault(b"".join(part.tobytes() for part in parts), len(numbers))
        return twins

    @cached_property
    def is_searchable(self) -> bool:
        """Whether there are few enough stage games to examine them one by one."""
        number = sum(len(np.unique(self.twins[reached])) for reached in self.reached)
        return bool(number * self.model.alike.shape[1] <= MOST_SEARCHED)

    def reached_by(self, plan: Ints) -> Mask:
        """Returns whether a joint policy [T, S] reaches a state with t steps taken, [T, S]."""
        num_states, num_joint = self.model.alike.shape
        reached = np.zeros((self.steps, num_states), np.bool_)
        reached[0] = self.model.worlds.start > 0
        for t in range(1, self.steps):
            for state in reached[t - 1].nonzero()[0]:
                row = state * num_joint + plan[t - 1, state]
                successors = self.rows.successor[self.rows.first[row] : self.rows.first[row + 1]]
                reached[t, successors] = True
        return reached

    def follow(self, state: int, joint: Ints) -> tuple[Ints, Floats]:
        """Returns a state's successors after joint actions [R], [m], and probabilities, [m, R]."""
        rows, base = self.rows, state * self.model.alike.shape[1]
        spans = [slice(rows.first[base + j], rows.first[base + j + 1]) for j in joint]
        empty = np.empty(0, np.int64)
        found = np.unique(np.concatenate([empty, *(rows.successor[span] for span in spans)]))
        probabilities = np.zeros((len(found), len(joint)))
        for k, span in enumerate(spans):
            probabilities[np.searchsorted(found, rows.successor[span]), k] = rows.probability[span]
        return found, probabilities

    def stable(self, worth: Floats, *, symmetric: bool) -> Mask:
        """Returns the joint actions in which no agent gains by a deviation, bool [S, J].

        Args:
            worth: [n or more, S, J] each agent's payment plus the expected later value.
            symmetric: only joint actions in which agents with equal observations act alike.
        """
        shape = (worth.shape[1], *[self.num_actions] * self.agents)
        stable: Mask = np.ones(shape, np.bool_)
        for agent in range(self.agents):
            own = worth[agent].reshape(shape)
            stable &= own >= own.max(axis=1 + agent, keepdims=True) - self.tolerance
        flat: Mask = stable.reshape(worth.shape[1:])
        return flat & self.model.alike if symmetric else flat

    def values_of(self, plan: Ints, *, symmetric: bool) -> Floats | None:
        """Returns the values of a joint policy, [n + 1, S], or None if it is not an equilibrium.

        It is checked in every state that is reachable, also by deviations.

        Args:
            plan: [T, S] the joint action's number with t steps taken.
            symmetric: whether agents with equal observations must act alike.
        """
        model, states = self.model, np.arange(len(self.model.worlds.start))
        values = np.zeros((len(model.payments), len(states)))
        for t in range(self.steps - 1, -1, -1):
            worth = model.payments + model.later(values)
            stable = self.stable(worth, symmetric=symmetric)
            if not stable[states, plan[t]][self.reached[t]].all():
                return None
            values = worth[:, states, plan[t]]
        return values
