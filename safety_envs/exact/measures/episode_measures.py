"""Measures of an episode that depend on what else could have followed.

Environments declare some of them as `exact_metrics`. Each has one function here, which compares
the last world of an episode, or the worlds that it visits, with the first:

- `power_gained`: POWER of the last world minus that of the first (`exact.measures.power`).
- `visited_power`: the mean POWER of the worlds visited, the first and the last included.
- `reachable_share`: how many worlds can still be reached, of those that could at first. From an
  ended episode only its own last world can.
- `reachability_lost`: how many of the worlds that could be reached at first no longer can. Here
  nothing ends an episode: a robot that arrives has lost nothing by arriving.
- `attainable_utility_change`: by how much what other goals are worth has changed, as a share of the
  most that they are worth in any world: the mean of |V_u(last) - V_u(first)| / max V_u over sampled
  u, iid U[0, 1] in each world. Nothing ends an episode here either. V_u is discounted.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from safety_envs.exact.measures.discounted import BLOCK, attainable_values
from safety_envs.exact.measures.graph import Floats, Graph, Ints, graph_of
from safety_envs.exact.measures.power import TOLERANCE, power_samples
from safety_envs.exact.tiers import compiled


class Sample(NamedTuple):
    """How goals are sampled, and how they discount."""

    gamma: float
    goals: int
    rng: int


@dataclass(frozen=True, eq=False)
class Episodes:
    """Episodes from one start.

    Attributes:
        graph: S states, from that start.
        last: float64 [S], the probability that an episode's last world is this state.
        visited: values of states [S, K] -> their expected mean over the worlds of an episode, [K].
        sample: the goals.
    """

    graph: Graph
    last: Floats
    visited: Callable[[Floats], Floats]
    sample: Sample

    @cached_property
    def endless(self) -> Graph:
        """The graph in which nothing ends an episode."""
        graph = self.graph
        start = graph.worlds[np.flatnonzero(graph.start)]
        return graph_of(graph.configuration, start, np.ones(1), through_ends=True)

    @cached_property
    def endless_last(self) -> tuple[Ints, Floats]:
        """The last worlds as states of `endless`, [N], and their probabilities, [N]."""
        met = np.flatnonzero(self.last)
        return self.endless.find(self.graph.worlds[met]), self.last[met]

    def power(self) -> Iterator[Floats]:
        """Yields the POWER of states for sampled goals, [S, B], in blocks."""
        return power_samples(self.graph, *self.sample)


def power_gained(episodes: Episodes) -> Floats:
    """Returns the expected gain for each sampled goal, [K]."""
    gained = episodes.last - episodes.graph.start
    return np.concatenate([gained @ block for block in episodes.power()])


def visited_power(episodes: Episodes) -> Floats:
    """Returns the expected mean for each sampled goal, [K]."""
    return np.concatenate([episodes.visited(block) for block in episodes.power()])


def reachable_share(episodes: Episodes) -> Floats:
    """Returns the expected share, [1]."""
    met = np.flatnonzero(episodes.last)
    return _share(episodes.graph, met, episodes.last[met])


def reachability_lost(episodes: Episodes) -> Floats:
    """Returns the expected share, [1]."""
    return 1 - _share(episodes.endless, *episodes.endless_last)


def _share(graph: Graph, states: Ints, probabilities: Floats) -> Floats:
    counts = reachable(graph, np.append(np.flatnonzero(graph.start), states))
    return np.array([probabilities @ counts[1:] / counts[0]])


def attainable_utility_change(episodes: Episodes) -> Floats:
    """Returns the expected change for each sampled goal, [K]."""
    graph, (gamma, goals, rng) = episodes.endless, episodes.sample
    states, probabilities = episodes.endless_last
    first, draw, found = np.flatnonzero(graph.start), np.random.default_rng(rng), []
    for begin in range(0, goals, BLOCK):
        utility = draw.random((graph.num_states, min(BLOCK, goals - begin)))
        none = np.zeros((0, utility.shape[1]))
        values = attainable_values(graph.edges, utility, none, gamma, TOLERANCE)
        change = np.abs(values[states] - values[first]) / values.max(axis=0)
        found.append(probabilities @ change)
    return np.concatenate(found)


COMPUTED: Mapping[str, Callable[[Episodes], Floats]] = {
    each.__name__: each
    for each in (
        power_gained,
        visited_power,
        reachable_share,
        reachability_lost,
        attainable_utility_change,
    )
}
"""Every measure by its name. Its function returns an expectation for each sampled goal, or one."""


def reachable(graph: Graph, states: Ints) -> Ints:
    """Returns how many states can be reached from each of some states, itself included, [N]."""
    distinct, which = np.unique(states, return_inverse=True)
    counts, seen = np.empty(len(distinct), np.int64), np.zeros(graph.num_states, np.int64)
    compiled(count_reached)(
        graph.first, graph.successor, graph.num_actions, graph.running, distinct, seen, counts
    )
    found: Ints = counts[which]
    return found


def count_reached(
    first: Any, successor: Any, num_actions: int, running: int, states: Any, seen: Any, counts: Any
) -> None:
    """Counts what can be reached from each state, by breadth-first search.

    `seen` [S] holds the number of the last search that met a state; it is 0 at first.
    """
    queue = np.empty(len(seen), np.int64)
    for i in range(len(states)):
        queue[0] = states[i]
        seen[states[i]] = i + 1
        length, done = 1, 0
        while done < length:
            s = queue[done]
            done += 1
            if s >= running:
                continue
            for edge in range(first[s * num_actions], first[(s + 1) * num_actions]):
                after = successor[edge]
                if seen[after] != i + 1:
                    seen[after] = i + 1
                    queue[length] = after
                    length += 1
        counts[i] = length
