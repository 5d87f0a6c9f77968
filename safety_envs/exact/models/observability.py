"""Observability: checks that the observation determines the future, except for hidden fields.

A certificate lets policies act on all fields of the world that are not hidden. This is valid only
if the agent observes these fields. So no two reachable states may have equal default observations
and different futures, unless all the fields in which they differ are declared `hidden`.

The future of a state is the distribution, under each action, of the reward, of termination and of
the next observation, and so on for all later steps. It includes the expected hidden performance of
each action. No agent observes it, but P* is a maximum over policies, and a policy that
distinguished two states by their performance alone would do better than any agent can. The future
does not include other metrics, which no certificate or planner uses; nor the time, which planners
know; nor later episodes, because kept fields are checked at the start of each episode.

With several agents, the observations of all agents together must determine the future.

Futures are compared by partition refinement (Kanellakis and Smolka 1990). Initially, states with
equal observations and equal payments form a class. Classes are split until all members of a class
lead to the same classes with the same probabilities. Classes are compared by 64-bit hashes.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.exact.models.enumeration import enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.fading import fading_maps
from safety_envs.exact.models.information import visible

GRID = 1e9
"""Numbers are compared after rounding to multiples of 1 / GRID."""

MOST_STATES = 500_000
"""The largest number of states that are compared."""

Numbers = npt.NDArray[np.int64]


class AliasedStates(NamedTuple):
    """Two states with equal observations and different futures that undeclared fields explain."""

    one: np.void
    other: np.void
    fields: tuple[str, ...]  # the fields in which they differ and which are not declared hidden


def aliased_states(
    configuration: Configuration, starts: npt.NDArray[np.void], most: int = MOST_STATES
) -> list[AliasedStates]:
    """Returns pairs of states with equal observations and different futures.

    Args:
        configuration: the environment.
        starts: structured [K]; all states that are reachable from them are compared.
        most: the largest number of states.

    Returns:
        One pair for each observation and set of differing fields. Empty if the observation and the
        hidden fields determine the future.

    Raises:
        SafetyEnvsError: more than `most` states, or random draws that cannot be enumerated.
    """
    transitions = _transitions(configuration, starts, most)
    worlds = transitions.worlds
    observations = _rows(Observer(configuration)(worlds).reshape(len(worlds), -1))
    classes = _futures(transitions, observations)
    seen = _rows(visible(configuration, worlds).view(np.uint8).reshape(len(worlds), -1))
    order = np.lexsort((seen, classes, observations))
    found: dict[tuple[int, tuple[str, ...]], AliasedStates] = {}
    for group in np.split(order, np.flatnonzero(np.diff(observations[order])) + 1):
        if classes[group[0]] == classes[group[-1]]:
            continue
        for one, other in _pairs(group, classes, seen):
            fields = _different(configuration, worlds[one], worlds[other])
            pair = AliasedStates(worlds[one], worlds[other], fields)
            found.setdefault((int(observations[one]), fields), pair)
    return list(found.values())


class _Transitions(NamedTuple):
    """All outcomes of each (state, action), as flat tables; S states, A actions."""

    worlds: npt.NDArray[np.void]  # [S]
    num_actions: int
    pair: Numbers  # [E] state * A + action
    successor: npt.NDArray[np.int32]  # [E], -1 for an ending
    probability: npt.NDArray[np.float64]  # [E]
    rewards: Numbers  # [E] equal numbers for equal rewards of all agents
    expected: npt.NDArray[np.float64]  # [numbers, S] payments other than the rewards
    cleared: Numbers  # [flags, S] states with one flag cleared, if flags fade


def _transitions(
    configuration: Configuration, starts: npt.NDArray[np.void], most: int
) -> _Transitions:
    expander = Expander(configuration, without_fading=True)
    probabilities = np.full(len(starts), 1 / len(starts))
    found = enumerate_worlds(expander, starts, probabilities, most)
    worlds, num_actions = found.states.worlds, len(expander.actions)
    # The enumeration has only expected rewards; the actual rewards are in the outcomes.
    chunk = max(1, 65_536 // num_actions)
    rewards = [
        expander.outcomes(worlds[begin : begin + chunk]).rewards
        for begin in range(0, len(worlds), chunk)
    ]
    payments = np.round(np.concatenate(rewards) * GRID).astype(np.int64)
    cleared, expected = np.zeros((0, len(worlds)), np.int64), found.performance.T
    if maps := fading_maps(configuration, found.states):
        cleared = maps.cleared.astype(np.int64)
        expected = np.concatenate([expected, np.stack(list(maps.payments.values()))])
    return _Transitions(
        worlds=worlds,
        num_actions=num_actions,
        pair=np.repeat(np.arange(len(found.first) - 1), np.diff(found.first)),
        successor=found.successor,
        probability=found.probability,
        rewards=_rows(payments.reshape(len(payments), -1)),
        expected=expected,
        cleared=cleared,
    )


def _futures(transitions: _Transitions, observations: Numbers) -> Numbers:
    """Returns the classes of states that look equal and have equal futures, int64 [S].

    If flags fade, two states are in one class only if they also are with each flag cleared. This
    may make the classes finer than necessary, but never too coarse.
    """
    num_states, num_actions = len(observations), transitions.num_actions
    payments = np.round(transitions.expected * GRID).astype(np.int64)
    classes = _numbered(observations, *payments)
    while True:
        after = np.where(transitions.successor < 0, -1, classes[transitions.successor])
        label = _numbered(transitions.rewards, after)
        order = np.lexsort((label, transitions.pair))
        pair, label = transitions.pair[order], label[order]
        begin = np.flatnonzero(np.diff(pair, prepend=-1) | np.diff(label, prepend=-1))
        share = np.add.reduceat(transitions.probability[order], begin)
        shares = np.round(share * GRID).astype(np.int64)
        word = _hashed(pair[begin] % num_actions, label[begin], shares)
        futures = np.zeros(num_states, np.uint64)
        np.add.at(futures, pair[begin] // num_actions, word)  # independent of the order of outcomes
        finer = _numbered(
            classes, futures.view(np.int64), *(classes[each] for each in transitions.cleared)
        )
        if finer.max() == classes.max():
            return classes
        classes = finer


def _pairs(group: Numbers, classes: Numbers, seen: Numbers) -> list[tuple[int, int]]:
    """Returns pairs of states of a group that differ in their class and in their visible fields."""
    pairs: list[tuple[int, int]] = []
    for one in group.tolist():
        others = group[(classes[group] != classes[one]) & (seen[group] != seen[one])]
        pairs.extend((one, other) for other in others[:8].tolist())
        if len(pairs) > 64:
            break
    return pairs


def _different(configuration: Configuration, one: np.void, other: np.void) -> tuple[str, ...]:
    """Returns the fields in which two worlds differ, without those declared hidden."""
    names = configuration.world.names or ()
    return tuple(
        name
        for name in names
        if name not in configuration.environment.hidden
        and np.asarray(one[name]).tobytes() != np.asarray(other[name]).tobytes()
    )


def _rows(table: npt.NDArray[Any]) -> Numbers:
    """Returns a number for each row of a table, equal for equal rows, int64 [rows]."""
    rows = np.ascontiguousarray(table)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    numbers: Numbers = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return numbers


def _numbered(*columns: Numbers) -> Numbers:
    """Returns a number for each row of columns [rows], 0, 1, 2, ..., equal for equal rows."""
    numbers: Numbers = np.unique(_hashed(*columns), return_inverse=True)[1].astype(np.int64)
    return numbers


def _hashed(*columns: Numbers) -> npt.NDArray[np.uint64]:
    """Returns 64 bits of each row of columns [rows] (splitmix64's scrambling)."""
    word = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        word = (word ^ column.astype(np.int64).view(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        word ^= word >> np.uint64(31)
    return word
