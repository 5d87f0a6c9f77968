"""The exact distribution of what accumulates over a policy's episodes.

The forward pass runs over pairs of a state and what has been accumulated before it:

    P[t+1](s', x + r) += P[t](s, x) p(s', r | s)

Accumulated numbers that differ by less than 1e-10 of the largest one so far are rounding errors of
the same number, and count as one.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.progress import progress
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.fading import settled
from safety_envs.exact.policies.behaviour import Behaviour, Edges, Ints
from safety_envs.exact.policies.choices import Floats
from safety_envs.exact.policies.distribution import Distribution
from safety_envs.exact.policies.readings import Reading
from safety_envs.exact.tiers import compiled

SAME = 1e-10
"""Numbers that differ by less, relative to the largest, are the same."""

MOST_PAIRS = 20_000_000
"""Pairs of a state and an accumulated value that there may be after a step."""


class Accumulated(NamedTuple):
    """What K kinds of episodes have accumulated."""

    values: Floats  # [K, parts]
    steps: Floats  # [K]
    probability: Floats  # [K]


class _Moves(NamedTuple):
    """One part of a step: the outcomes of actions, one flag that fades, or the payments after."""

    modes: int
    first: Ints  # [S * modes + 1]
    successor: Ints  # [E]
    probability: Floats  # [E]
    written: Floats  # [C, parts] distinct values that a step can write
    which: Ints  # [E] which of them; C if nothing is written


def accumulate(
    behaviour: Behaviour, reading: Reading, horizon: int, most: int = MOST_PAIRS
) -> Accumulated:
    """Returns the distribution of what a reading accumulates over episodes of a policy.

    Raises:
        TooManyStatesError: more than `most` pairs of a state and what has been accumulated.
        SafetyEnvsError: flags fade, and the reading needs whole steps.
    """
    acting = _moves(behaviour.edges(reading.written), behaviour.modes)
    after_acting = list(_fading(behaviour, reading))
    front = _Front(behaviour, reading, most)
    ended: list[Accumulated] = []
    for t in progress(range(horizon), f"distribution of {reading.name}"):
        ended.append(front.move(acting, behaviour.modes_at(t), t + 1))
        ended.extend(front.move(moves, front.one_mode, t + 1) for moves in after_acting)
        if not len(front.states):
            break
    ended.append(front.all_ended(horizon))
    return Accumulated(*(np.concatenate(column) for column in zip(*ended, strict=True)))


def distribution_of(reading: Reading, found: Accumulated) -> Distribution:
    """Returns the distribution of a reading's values, of what has been accumulated."""
    assert abs(found.probability.sum() - 1) < 1e-6, "every episode ends"
    values = reading.finish(found.values, found.steps)
    known = ~np.isnan(values)
    values, mass = values[known], found.probability[known]
    largest = np.abs(values).max(initial=0.0)
    rows, number = distinct(values[:, None], np.array([SAME * largest]))
    order = np.argsort(rows[:, 0])
    return Distribution(
        name=reading.name,
        values=rows[order, 0] + 0.0,  # no minus zero
        probabilities=np.bincount(number, mass, len(rows)).astype(np.float64)[order],
        defined=1.0 if known.all() else float(mass.sum()),
    )


class _Front:
    """The pairs of N states and K accumulated values after some steps, [N, K]."""

    def __init__(self, behaviour: Behaviour, reading: Reading, most: int) -> None:
        self.reading, self.most = reading, most
        self.states = np.flatnonzero(behaviour.start > 0)
        self.values = reading.start[None]
        self.mass = behaviour.start[self.states][:, None]
        self.one_mode = np.zeros(behaviour.num_states, np.int64)
        self._largest = np.zeros(len(reading.parts))

    def move(self, moves: _Moves, modes: Ints, step: int) -> Accumulated:
        """Moves all pairs; returns the episodes that end."""
        silent = len(moves.written)
        _check_size(self.reading, len(self.values) * (silent + 1), self.most)
        edges = moves.first, moves.successor, moves.probability, moves.which, moves.modes, modes
        used = np.zeros((len(self.values), silent + 1), np.bool_)
        alive = np.zeros(len(modes), np.bool_)
        compiled(mark_reached)(*edges, self.states, self.mass, used, alive)
        before, written = np.nonzero(used)
        values, loud = self.values[before], written < silent
        values[loud] = self.reading.combine(values[loud], moves.written[written[loud]], step)
        goes = np.zeros(used.shape, np.int64)
        values, goes[before, written] = self._distinct(values)
        reached = np.flatnonzero(alive)
        _check_size(self.reading, len(reached) * len(values), self.most)
        place = np.zeros(len(modes), np.int64)
        place[reached] = np.arange(len(reached))
        after, over = np.zeros((len(reached), len(values))), np.zeros(len(values))
        compiled(push_forward)(*edges, self.states, self.mass, goes, place, after, over)
        self.values, self.states, self.mass = values, reached, after
        return self._ended(over, step)

    def all_ended(self, step: int) -> Accumulated:
        """Returns the episodes of all pairs, which the horizon ends."""
        return self._ended(self.mass.sum(axis=0), step)

    def _ended(self, probability: Floats, step: int) -> Accumulated:
        which = probability > 0
        steps = np.full(int(which.sum()), step, np.float64)
        return Accumulated(self.values[which], steps, probability[which])

    def _distinct(self, values: Floats) -> tuple[Floats, Ints]:
        finite = np.where(np.isfinite(values), np.abs(values), 0.0)
        self._largest = np.maximum(self._largest, finite.max(axis=0, initial=0.0))
        return distinct(values, SAME * self._largest)


def _check_size(reading: Reading, size: int, most: int) -> None:
    if size > most:
        raise TooManyStatesError(
            f"the distribution of {reading.name} has more than {most:,} pairs of a state and a "
            "value: ask for its standard_deviation, give a shorter horizon= or a larger "
            "most_pairs=, or play the policy (safety_envs.rollout)"
        )


def distinct(values: Floats, tolerance: Floats) -> tuple[Floats, Ints]:
    """Returns the distinct rows of values [N, parts], [K, parts], and the number of each, [N].

    Args:
        values: the rows.
        tolerance: [parts] numbers that differ by no more are the same; the least stands for them.
    """
    together = np.zeros(len(values), np.int64)
    least = values.copy()
    for column in range(values.shape[1] if len(values) else 0):
        order = np.argsort(values[:, column], kind="stable")
        ordered = values[order, column]
        with np.errstate(invalid="ignore"):  # inf - inf
            new = np.diff(ordered, prepend=ordered[:1]) > tolerance[column]
        ids = np.empty(len(values), np.int64)
        ids[order] = np.cumsum(new)
        least[:, column] = ordered[np.concatenate([[0], np.flatnonzero(new)])][ids]
        _, together = np.unique(together * (len(values) + 1) + ids, return_inverse=True)
    _, where, number = np.unique(together, return_index=True, return_inverse=True)
    return least[where], number.astype(np.int64)


def _moves(edges: Edges, modes: int) -> _Moves:
    written, which = distinct(edges.written, np.zeros(edges.written.shape[1]))
    return _Moves(modes, edges.first, edges.successor, edges.probability, written, which)


def _fading(behaviour: Behaviour, reading: Reading) -> Iterator[_Moves]:
    """Yields the moves after an action: each flag fades, then payments follow."""
    maps = behaviour.fading()
    if maps is None:
        return
    if any(part.how == "least" or part.gains for part in reading.parts):
        raise SafetyEnvsError(
            f"{behaviour.configuration.id} has flags that fade, and {reading.name} needs the "
            "values of whole steps: run policies instead (safety_envs.rollout)"
        )
    states = np.arange(behaviour.num_states)
    nothing = np.zeros((0, len(reading.parts)))
    for cleared in maps.cleared.astype(np.int64):
        chance = np.where(cleared == states, 0.0, maps.probability)
        yield _Moves(
            modes=1,
            first=np.arange(0, 2 * len(states) + 1, 2),
            successor=np.stack([states, cleared], axis=1).ravel(),
            probability=np.stack([1 - chance, chance], axis=1).ravel(),
            written=nothing,
            which=np.zeros(2 * len(states), np.int64),
        )
    outcome = settled(behaviour.configuration, behaviour.worlds)
    written = reading.written(outcome.view(np.float64).reshape(len(outcome), -1))
    yield _moves(Edges(np.arange(len(states) + 1), states, np.ones(len(states)), written), 1)


def mark_reached(
    first: Any, successor: Any, probability: Any, which: Any, num_modes: int, modes: Any,
    states: Any, now: Any, used: Any, alive: Any,
) -> None:  # fmt: skip
    """Marks which (value, written) combine, [K, C], and which states are reached, [S]."""
    for i in range(len(states)):
        s = states[i]
        row = s * num_modes + modes[s]
        for edge in range(first[row], first[row + 1]):
            if probability[edge] > 0.0:
                for k in range(now.shape[1]):
                    if now[i, k] > 0.0:
                        used[k, which[edge]] = True
                if successor[edge] >= 0:
                    alive[successor[edge]] = True


def push_forward(
    first: Any, successor: Any, probability: Any, which: Any, num_modes: int, modes: Any,
    states: Any, now: Any, goes: Any, place: Any, after: Any, over: Any,
) -> None:  # fmt: skip
    """Moves probabilities of pairs, [N, K], to those after, [N', K'], and to what ended, [K']."""
    for i in range(len(states)):
        s = states[i]
        row = s * num_modes + modes[s]
        for edge in range(first[row], first[row + 1]):
            share = probability[edge]
            if share > 0.0:
                c = which[edge]
                if successor[edge] >= 0:
                    there = place[successor[edge]]
                    for k in range(now.shape[1]):
                        if now[i, k] > 0.0:
                            after[there, goes[k, c]] += share * now[i, k]
                else:
                    for k in range(now.shape[1]):
                        if now[i, k] > 0.0:
                            over[goes[k, c]] += share * now[i, k]
