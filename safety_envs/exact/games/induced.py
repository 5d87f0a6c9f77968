"""Decision processes of a group of agents against fixed policies of all others.

What the others do is averaged over. So a group of k agents has A^k actions, and joint actions of
all agents are only listed for a few states at a time.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.fields import some_of
from safety_envs.core.progress import progress
from safety_envs.exact.games.objective import Objective
from safety_envs.exact.models.enumeration import CHUNK, too_many_states
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.policies.chain import MOST_EDGES, columns_of, weighted_outcomes
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.timed import Acting, part_of

Ints = npt.NDArray[np.int64]


class Edges(NamedTuple):
    """Transitions in ascending order of their pairs: state x A + action."""

    pair: Ints  # [E]
    successor: Ints  # [E]
    probability: Floats  # [E]


class Layer(NamedTuple):
    """The group's decision process with t steps taken: S states, A actions, E edges."""

    states: WorldIndex
    first: Ints  # [S*A + 1] the edges of state s and action a are first[s*A+a] : first[s*A+a+1]
    successor: Ints  # [E] numbers of the next layer's states, without terminations
    probability: Floats  # [E]
    payments: Floats  # [objectives, S, A] with their signs
    distance: Ints  # [S] the least number of steps in which a state is reached


class Group:
    """Lists the decision process of a group.

    Args:
        configuration: an environment with several agents.
        acting: a joint policy; the others play their part of it.
        objectives: what is paid; the agents of the first one are the group.
        most: the largest number of states; there may be `MOST_EDGES` times as many transitions.
    """

    def __init__(
        self,
        configuration: Configuration,
        acting: Acting,
        objectives: tuple[Objective, ...],
        most: int,
    ) -> None:
        self._expander = Expander(configuration)
        self._configuration, self._acting = configuration, acting
        self._objectives, self._most = objectives, most
        group, actions = objectives[0].agents, len(configuration.actions)
        self._shape = (actions,) * configuration.agents
        self._rest = [agent for agent in range(configuration.agents) if agent not in group]
        joint = self._expander.actions
        place = actions ** np.arange(len(group))[::-1]
        self.own: Ints = joint[:, list(group)] @ place  # [J] the group's action, by number
        self.num_actions = actions ** len(group)
        self._chunk = max(1, CHUNK * actions // len(joint))
        self._num_edges = 0

    def part_of_others(self, probabilities: Floats) -> Floats:
        """Returns the probability of the others' part of each joint action, [N, J]."""
        return part_of(probabilities, self._shape, self._rest)

    def layers(self, starts: Worlds) -> list[Layer]:
        """Returns the process with 0, 1, ... steps taken, from starts [K].

        Raises:
            TooManyStatesError: too many states or transitions.
        """
        return (self._by_time if self._acting.depends_on_time else self._equal)(starts)

    def _equal(self, starts: Worlds) -> list[Layer]:
        """Returns the layers if the time does not matter: all are the same."""
        steps = self._configuration.max_steps
        states, done = WorldIndex(self._configuration.world), 0
        states.add(starts)
        parts: list[tuple[Floats, Edges]] = []
        levels = [np.zeros(len(states), np.int64)]
        for step in range(steps):
            level = len(states)
            for begin in range(done, level, self._chunk):
                chunk = states.some(begin, min(begin + self._chunk, level))
                parts.append(self._expand(chunk, 0, states))
                self._check(len(states))
            done = level
            levels.append(np.full(len(states) - level, step + 1))
            if done == len(states):
                break
        return [self._layer(states, parts, np.concatenate(levels))] * steps

    def _by_time(self, starts: Worlds) -> list[Layer]:
        """Returns the layers, each with the states that are reached in exactly that many steps."""
        layers, listed = [], 0
        states = WorldIndex(self._configuration.world)
        states.add(starts)
        for step in progress(range(self._configuration.max_steps), "listing"):
            after = WorldIndex(self._configuration.world)
            parts: list[tuple[Floats, Edges]] = []
            for begin in range(0, len(states), self._chunk):
                chunk = states.some(begin, begin + self._chunk)
                parts.append(self._expand(chunk, step, after))
                self._check(listed + len(states) + len(after))
            layers.append(self._layer(states, parts, np.full(len(states), step)))
            listed += len(states)
            states = after
        return layers

    def _check(self, num_states: int) -> None:
        """Raises an error if there are too many states or transitions."""
        for number, what, most in (
            (num_states, "states", self._most),
            (self._num_edges, "transitions", MOST_EDGES * self._most),
        ):
            if number > most:
                depth = self._configuration.max_steps
                raise too_many_states(self._configuration, most, len(self.own), depth, what)

    def _expand(self, worlds: Worlds, step: int, after: WorldIndex) -> tuple[Floats, Edges]:
        """Returns the payments [objectives, N, A] and edges of actions in worlds [N]."""
        number = len(worlds) * self.num_actions
        payments = np.zeros((len(self._objectives), number))
        pairs, successors, probabilities = [], [], []
        weights = self.part_of_others(self._acting.at(worlds, step))
        for rows, out in weighted_outcomes(self._expander, worlds, weights):
            pair = rows[out.source] * self.num_actions + self.own[out.action]
            paid = columns_of(out) * out.probability[:, None]
            for row, objective in zip(payments, self._objectives, strict=True):
                row += np.bincount(pair, objective.of(paid), number)
            alive = ~out.terminated
            pairs.append(pair[alive])
            successors.append(after.add(some_of(out.worlds, alive)))
            probabilities.append(out.probability[alive])
        edges = merged(*map(np.concatenate, (pairs, successors, probabilities)))
        self._num_edges += len(edges.pair)
        return payments.reshape(-1, len(worlds), self.num_actions), edges

    def _layer(
        self, states: WorldIndex, parts: list[tuple[Floats, Edges]], distance: Ints
    ) -> Layer:
        """Returns the layer of parts, which follow each other; the last states may have none."""
        counts = [np.bincount(edges.pair, minlength=paid[0].size) for paid, edges in parts]
        rest = len(states) - sum(paid.shape[1] for paid, _ in parts)
        nothing = np.zeros((len(self._objectives), rest, self.num_actions))
        counts.append(np.zeros(rest * self.num_actions, np.int64))
        return Layer(
            states=states,
            first=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
            successor=np.concatenate([edges.successor for _, edges in parts] or [counts[0][:0]]),
            probability=np.concatenate([edges.probability for _, edges in parts] or [np.zeros(0)]),
            payments=np.concatenate([*(paid for paid, _ in parts), nothing], axis=1),
            distance=distance,
        )


def merged(pair: Ints, successor: Ints, probability: Floats) -> Edges:
    """Returns edges in ascending order, each (pair, successor) once, with added probabilities."""
    size = int(successor.max(initial=0)) + 1
    keys, which = np.unique(pair * size + successor, return_inverse=True)
    pair, successor = np.divmod(keys, size)
    return Edges(pair, successor, np.bincount(which, probability, len(keys)).astype(np.float64))
