"""What adversaries do that need no plan: those that are random, and those that are greedy."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import keys
from safety_envs.core.unchanging import Unchanging
from safety_envs.exact.policies.behaviour import indexed
from safety_envs.exact.policies.perturbations import (
    Perturbations,
    check_number,
    entries_of,
    near_rows,
    of_states,
    varying,
    worlds_met,
)
from safety_envs.exact.policies.perturbed import Attack

Worlds = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Shown = tuple[Worlds, npt.NDArray[np.bool_]]


class Alternatives(NamedTuple):
    """What may be shown in N worlds: in world i shown[other[first[i]:first[i + 1]]]."""

    shown: Worlds
    first: Ints
    other: Ints


Allowed = Callable[[Worlds], Alternatives]
"""Takes worlds [N] and returns their alternatives."""


def alternatives_of(
    configuration: Configuration, allowed: Perturbations, reachable: Callable[[], Worlds]
) -> Allowed:
    """Returns what perturbations allow in any worlds.

    Args:
        configuration: the environment.
        allowed: the perturbations.
        reachable: lists all worlds in which episodes go on.

    Raises:
        SafetyEnvsError: too many worlds or observations.
    """
    if allowed.function is not None:
        return Given(allowed.function)
    if allowed.episodes is None:
        return Listed(configuration, reachable(), allowed.entries)
    return Met(configuration, worlds_met(configuration, allowed.episodes), allowed.entries)


class Given(Unchanging):
    """Alternatives that a function of worlds returns; a world that is its own does not count."""

    def __init__(self, function: Callable[[Worlds], object]) -> None:
        self._function = function

    def __call__(self, worlds: Worlds) -> Alternatives:
        """Returns the alternatives of worlds [N]."""
        given = np.asarray(self._function(worlds))
        if given.dtype != worlds.dtype or given.ndim != 2 or len(given) != len(worlds):
            raise SafetyEnvsError(
                f"perturbations must return the worlds that are shown, structured "
                f"({len(worlds)}, K), got {given.dtype} of shape {given.shape}"
            )
        own = keys(worlds).repeat(given.shape[1], axis=0)
        which = np.flatnonzero((keys(given.ravel()) != own).any(axis=1))
        counts = np.bincount(which // given.shape[1], minlength=len(worlds))
        return Alternatives(given.ravel(), np.concatenate([[0], np.cumsum(counts)]), which)


class Listed(Unchanging):
    """Alternatives among all reachable worlds, which are compared once."""

    def __init__(self, configuration: Configuration, worlds: Worlds, entries: int) -> None:
        self._id = configuration.id
        seen = entries_of(configuration, worlds)
        rows, which, own = np.unique(
            seen[:, varying(seen)], axis=0, return_index=True, return_inverse=True
        )
        check_number(configuration, len(rows))
        kinds = np.arange(len(rows))
        self._near = near_rows(np.ascontiguousarray(rows), rows, entries, kinds, kinds)
        self._index, self._own, self._shown = indexed(worlds), own.reshape(-1), worlds[which]

    def __call__(self, worlds: Worlds) -> Alternatives:
        """Returns the alternatives of worlds [N]."""
        states = self._index.find(worlds)
        if (states < 0).any():
            raise SafetyEnvsError(f"a world of {self._id} is not among those that were listed")
        return Alternatives(self._shown, *of_states(*self._near, self._own[states]))


class Met(Unchanging):
    """Alternatives among worlds that were met in some episodes."""

    def __init__(self, configuration: Configuration, worlds: Worlds, entries: int) -> None:
        self._configuration, self._entries = configuration, entries
        seen = entries_of(configuration, worlds)
        self._rows, which = np.unique(seen, axis=0, return_index=True)
        self._shown = worlds[which]

    def __call__(self, worlds: Worlds) -> Alternatives:
        """Returns the alternatives of worlds [N]."""
        rows = entries_of(self._configuration, worlds)
        near = np.zeros((len(rows), len(self._rows)), np.bool_)
        compiled(note_near)(rows, self._rows, self._entries, near)
        first = np.concatenate([[0], np.cumsum(near.sum(axis=1))])
        return Alternatives(self._shown, first, np.nonzero(near)[1])


class RandomAdversary(Unchanging):
    """Strikes at random steps, and shows any alternative with equal probability.

    With b changes left and r steps to come it strikes with probability b / r. So all sets of steps
    are equally likely (selection sampling; Knuth 1969, "The Art of Computer Programming", 3.4.2).
    """

    def __init__(self, allowed: Allowed, horizon: int) -> None:
        self._allowed, self._horizon = allowed, horizon

    def __call__(self, worlds: Worlds, steps: Ints, left: Ints, draws: Floats) -> Shown:
        """Returns the worlds that are shown in worlds [N], and where they are false."""
        shown, false = worlds.copy(), draws[:, 0] * (self._horizon - steps) < left
        struck = np.flatnonzero(false)
        if not len(struck):
            return shown, false
        there = self._allowed(worlds[struck])
        counts = np.diff(there.first)
        false[struck[counts == 0]] = False
        struck, first, counts = struck[counts > 0], there.first[:-1][counts > 0], counts[counts > 0]
        place = first + (draws[struck, 1] * counts).astype(np.int64)
        shown[struck] = there.shown[there.other[place]]
        return shown, false


class GreedyAdversary(Unchanging):
    """Strikes wherever it can lower the preference for the action that the policy likes best.

    With a* = argmax over a of pi(a | o), it shows the alternative o' with the least pi(a* | o'), if
    that is below pi(a* | o) by more than a margin.
    """

    def __init__(
        self, allowed: Allowed, choices: Callable[[Worlds], Floats], margin: float
    ) -> None:
        self._allowed, self._choices, self._margin = allowed, choices, margin

    def __call__(self, worlds: Worlds, steps: Ints, left: Ints, draws: Floats) -> Shown:
        """Returns the worlds that are shown in worlds [N], and where they are false."""
        there = self._allowed(worlds)
        offered, view = np.unique(there.other, return_inverse=True)
        own = self._choices(worlds)
        liked = own.argmax(axis=1)
        shown, false = worlds.copy(), np.zeros(len(worlds), np.bool_)
        if not len(offered):
            return shown, false
        preference = self._choices(there.shown[offered])
        limits = own[np.arange(len(own)), liked] - self._margin - 1e-12
        place = compiled(find_least)(preference, liked, there.first, view.reshape(-1), limits)
        false = place >= 0
        shown[false] = there.shown[there.other[place[false]]]
        return shown, false


class PlannedAdversary(Unchanging):
    """Shows what the plan of the exact worst case shows."""

    def __init__(self, attack: Attack) -> None:
        self._attack = attack

    def __call__(self, worlds: Worlds, steps: Ints, left: Ints, draws: Floats) -> Shown:
        """Returns the worlds that are shown in worlds [N], and where they are false."""
        views, false = self._attack(worlds, steps, left)
        shown = worlds.copy()
        shown[false] = self._attack.views.shown[views[false]]
        return shown, false


def find_least(
    preference: npt.NDArray[np.float64], liked: Ints, first: Ints, view: Ints, limits: Floats
) -> Ints:
    """Returns the place of the first alternative of least preference below a limit, -1 if none."""
    found = np.full(len(liked), -1, np.int64)
    for i in range(len(liked)):
        least = limits[i]
        for place in range(first[i], first[i + 1]):
            value = preference[view[place], liked[i]]
            if value < least:
                least = value
                found[i] = place
    return found


def note_near(
    rows: npt.NDArray[np.float64],
    others: npt.NDArray[np.float64],
    entries: int,
    near: npt.NDArray[np.bool_],
) -> None:
    """Notes in near [R, O] which others differ from a row, but in few entries."""
    for r in range(len(rows)):
        for o in range(len(others)):
            differing = 0
            for k in range(rows.shape[1]):
                if rows[r, k] != others[o, k]:
                    differing += 1
                    if differing > entries:
                        break
            near[r, o] = 0 < differing <= entries
