"""Graphs: all worlds that can follow from a start, without a limit of time.

Certificates plan for the steps of an episode. Measures of power and of side effects ask instead
what could ever be reached, so their states are all worlds that any number of steps leads to.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import some_of
from safety_envs.core.observe import Observer
from safety_envs.exact.models.enumeration import CHUNK, MOST_STATES, too_many_states
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.no_op import no_op_of

Worlds = npt.NDArray[np.void]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Edges = tuple[Ints, Ints, Floats]
"""`first`, `successor` and `probability` of a graph."""


@dataclass(frozen=True, eq=False)
class Graph:
    """All worlds that can be reached; S states, of which the first `running` go on.

    A world in which the episode has ended is a state of its own: an equal world in which it goes
    on is another state. Nothing follows an end.

    Attributes:
        configuration: the environment.
        worlds: structured [S].
        running: the number of states in which the episode goes on; they come first.
        first: int64 [running*A + 1]; the edges of (state s, action a) are those from first[s*A+a]
            up to first[s*A+a+1].
        successor: int64 [E], the number of a state.
        probability: float64 [E].
        reward: float64 [running, A], the expected reward.
        performance: float64 [running, A], the expected performance.
        start: float64 [S], the probability that an episode starts in each state.
    """

    configuration: Configuration
    worlds: Worlds
    running: int
    first: Ints
    successor: Ints
    probability: Floats
    reward: Floats
    performance: Floats
    start: Floats

    @property
    def num_states(self) -> int:
        """S, the number of states, ended ones included."""
        return len(self.worlds)

    @property
    def num_actions(self) -> int:
        """A, the number of actions."""
        return int(self.reward.shape[1])

    @property
    def edges(self) -> Edges:
        """`first`, `successor` and `probability`, as arguments of the loops over edges."""
        return self.first, self.successor, self.probability

    @cached_property
    def source(self) -> Ints:
        """The (state, action) pair s*A+a of each edge, int64 [E]."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    @cached_property
    def seen(self) -> Edges:
        """The edges between what is seen, if nothing else is known of the world.

        States are the looks of running states, in the order of their numbers, then one for all
        ends. The worlds that look the same count as equally likely.
        """
        looks, member = np.unique(self.looks[: self.running], return_inverse=True)
        number = np.append(member, np.full(self.num_states - self.running, len(looks)))
        pair = member[self.source // self.num_actions] * self.num_actions
        pair += self.source % self.num_actions
        order = np.argsort(pair, kind="stable")
        first = np.searchsorted(pair[order], np.arange(len(looks) * self.num_actions + 1))
        share = self.probability / np.bincount(member)[pair // self.num_actions]
        return first, number[self.successor[order]], share[order]

    @cached_property
    def looks(self) -> Ints:
        """The number of the default observation of each state, int64 [S].

        Worlds that look the same have the same number, whatever their other fields are.
        """
        observer = Observer(self.configuration)
        seen = observer.empty(self.num_states)
        observer.write(self.worlds, seen)
        rows = np.ascontiguousarray(seen).reshape(self.num_states, -1)
        packed = np.ascontiguousarray(rows).view(np.uint8).reshape(self.num_states, -1)
        return WorldIndex(np.dtype([("seen", "u1", (packed.shape[1],))])).add(
            packed.copy().view([("seen", "u1", (packed.shape[1],))])[:, 0]
        )

    def find(self, worlds: Worlds, ended: bool = False) -> Ints:
        """Returns the states of worlds [N], int64 [N]; -1 for a world that cannot be reached.

        Args:
            worlds: structured [N].
            ended: whether the episode has ended in them.
        """
        part = self.worlds[self.running :] if ended else self.worlds[: self.running]
        index = WorldIndex(self.configuration.world)
        index.add(part)
        found = index.find(worlds)
        return np.where(found >= 0, found + self.running * ended, -1)

    @cached_property
    def no_op(self) -> int:
        """The action that does nothing.

        Raises:
            SafetyEnvsError: the environment has none.
        """
        return no_op_of(self.configuration)


def graph_of(
    configuration: Configuration,
    starts: Worlds,
    probabilities: Floats,
    *,
    through_ends: bool = False,
    most: int = MOST_STATES,
) -> Graph:
    """Returns the graph of all worlds that can follow from some starts.

    Args:
        configuration: an environment of one agent.
        starts: structured [K].
        probabilities: float64 [K].
        through_ends: go on where an episode ends, as if the rule that ends it were not there. No
            state is an ended one then.
        most: the largest number of states.

    Raises:
        TooManyStatesError: more states than that.
        SafetyEnvsError: several agents, or chance that cannot be listed.
    """
    if configuration.environment.is_multi_agent:
        raise SafetyEnvsError(f"{configuration.id} has several agents, but this measure is for one")
    expander = Expander(configuration)
    num_actions, performance = len(expander.actions), configuration.channels.index("performance")
    going, ended = WorldIndex(configuration.world), WorldIndex(configuration.world)
    first_state = going.add(starts)
    counts, successors, probability, payments, done = [], [], [], [], 0
    while done < len(going):
        if len(going) + len(ended) > most:
            raise too_many_states(configuration, most, num_actions, None)
        chunk = going.some(done, done + CHUNK)
        out, pairs = expander.outcomes(chunk), len(chunk) * num_actions
        alive = np.full(len(out.source), True) if through_ends else ~out.terminated
        numbers = np.empty(len(alive), np.int64)
        numbers[alive] = going.add(some_of(out.worlds, alive))
        numbers[~alive] = -1 - ended.add(some_of(out.worlds, ~alive))
        pair = out.source * num_actions + out.action
        counts.append(np.bincount(pair, minlength=pairs))
        successors.append(numbers)
        probability.append(out.probability)
        paid = np.stack([out.rewards, out.channels[:, performance]]) * out.probability
        payments.append(np.array([np.bincount(pair, row, pairs) for row in paid]))
        done += len(chunk)
    successor = np.concatenate(successors)
    reward, performed = np.concatenate(payments, axis=1).reshape(2, done, num_actions)
    return Graph(
        configuration=configuration,
        worlds=np.concatenate([going.worlds, ended.worlds]),
        running=done,
        first=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        successor=np.where(successor < 0, done - 1 - successor, successor),
        probability=np.concatenate(probability),
        reward=reward,
        performance=performed,
        start=np.bincount(first_state, probabilities, done + len(ended)).astype(np.float64),
    )
