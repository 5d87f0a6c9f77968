"""Observability: whether what an agent sees decides what can come, up to what is declared hidden.

A certificate lets a policy act on all fields of the world but the hidden ones. That is honest only
if the agent sees as much. So of all states that can be reached in an episode no two may look equal,
in the default observation, and have different futures, unless all the fields in which they differ
are declared `hidden`.

The future of a state is, under each action, the distribution of the reward, of the ending and of
what is seen next, and so on for ever. It includes the hidden performance that each action is
expected to add: no agent is shown it, but P* is a maximum over what agents can do, and one that
could tell two states apart by their performance alone would do better than any agent can. Other
metrics are not part of it, because no certificate and no planner uses them; nor is the time, which
planners know; nor later episodes: of kept fields each speaks for itself when it begins.

With several agents, what all of them see together must decide the future of all.

Futures are compared by partition refinement (Kanellakis and Smolka 1990): states are in one class
if they look equal and actions pay equally in them, and a class is split until all its members lead
to the same classes with the same probabilities. Classes are compared by 64-bit hashes.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.exact.expand import Expander
from safety_envs.exact.fading import fading_maps
from safety_envs.exact.information import visible
from safety_envs.exact.model import enumerate_worlds

GRID = 1e9
"""Numbers are equal if they are when rounded to whole multiples of 1 / GRID."""

MOST_STATES = 500_000
"""At most this many states are compared."""

Numbers = npt.NDArray[np.int64]


class LookAlikes(NamedTuple):
    """Two states that look equal and have different futures, though not all is declared hidden."""

    one: np.void
    other: np.void
    fields: tuple[str, ...]  # in which they differ, and which are not declared hidden


def look_alikes(
    configuration: Configuration, starts: npt.NDArray[np.void], most: int = MOST_STATES
) -> list[LookAlikes]:
    """Returns pairs of states that look equal to the agents, with different futures.

    Args:
        configuration: the environment.
        starts: structured [K], from which all that can be reached is looked at.
        most: how many states there may be.

    Returns:
        One pair for each observation and set of fields that is at fault; none, if what is seen
        and what is declared hidden decide the future.

    Raises:
        SafetyEnvsError: more states than `most`, or chance that cannot be listed.
    """
    transitions = _transitions(configuration, starts, most)
    worlds = transitions.worlds
    looks = _rows(Observer(configuration)(worlds).reshape(len(worlds), -1))
    classes = _futures(transitions, looks)
    seen = _rows(visible(configuration, worlds).view(np.uint8).reshape(len(worlds), -1))
    order = np.lexsort((seen, classes, looks))
    found: dict[tuple[int, tuple[str, ...]], LookAlikes] = {}
    for group in np.split(order, np.flatnonzero(np.diff(looks[order])) + 1):
        if classes[group[0]] == classes[group[-1]]:
            continue
        for one, other in _pairs(group, classes, seen):
            fields = _different(configuration, worlds[one], worlds[other])
            pair = LookAlikes(worlds[one], worlds[other], fields)
            found.setdefault((int(looks[one]), fields), pair)
    return list(found.values())


class _Transitions(NamedTuple):
    """All that can come of each (state, action), in flat tables; S states, A actions."""

    worlds: npt.NDArray[np.void]  # [S]
    num_actions: int
    pair: Numbers  # [E] state * A + action
    successor: Numbers  # [E], -1 for an ending
    probability: npt.NDArray[np.float64]  # [E]
    rewards: Numbers  # [E] equal numbers for equal rewards of all agents
    expected: npt.NDArray[np.float64]  # [numbers, S] what is paid beside the rewards
    cleared: Numbers  # [flags, S] states with one flag cleared, where flags fade


def _transitions(
    configuration: Configuration, starts: npt.NDArray[np.void], most: int
) -> _Transitions:
    expander = Expander(configuration, without_fading=True)
    chances = np.full(len(starts), 1 / len(starts))
    found = enumerate_worlds(expander, starts, chances, most)
    worlds, num_actions = found.states.worlds, len(expander.actions)
    # The enumeration has only expected rewards; what an agent is paid is in the outcomes.
    chunk = max(1, 65_536 // num_actions)
    rewards = [
        expander.outcomes(worlds[begin : begin + chunk]).rewards
        for begin in range(0, len(worlds), chunk)
    ]
    paid = np.round(np.concatenate(rewards) * GRID).astype(np.int64)
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
        rewards=_rows(paid.reshape(len(paid), -1)),
        expected=expected,
        cleared=cleared,
    )


def _futures(transitions: _Transitions, looks: Numbers) -> Numbers:
    """Returns the classes of states that look equal and have equal futures, int64 [S].

    Where flags fade after the action, states are in one class only if they are with each of their
    flags cleared: that makes the classes finer than need be, but never too coarse.
    """
    num_states, num_actions = len(looks), transitions.num_actions
    paid = np.round(transitions.expected * GRID).astype(np.int64)
    classes = _numbered(looks, *paid)
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
        np.add.at(futures, pair[begin] // num_actions, word)  # whatever the order of outcomes
        finer = _numbered(
            classes, futures.view(np.int64), *(classes[each] for each in transitions.cleared)
        )
        if finer.max() == classes.max():
            return classes
        classes = finer


def _pairs(group: Numbers, classes: Numbers, seen: Numbers) -> list[tuple[int, int]]:
    """Returns pairs of states of a group that looks equal, of different classes, seen apart."""
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
