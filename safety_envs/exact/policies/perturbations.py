"""Perturbations: what an adversary may show in place of what there is, declared once.

The exact worst case and the adversaries of `safety_envs.Stress` read the same declaration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.episodes import begin, play
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short, whole_number
from safety_envs.core.observe import Observer
from safety_envs.core.unchanging import Unchanging
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.policies.behaviour import Ints
from safety_envs.exact.policies.choices import Worlds
from safety_envs.exact.tiers import compiled

MOST_OBSERVATIONS = 20_000
"""Distinct observations that are compared with each other."""


@dataclass(frozen=True)
class Perturbations(Unchanging):
    """What may be shown instead: observations of other worlds that differ in few entries.

    Entries are those of the environment's default observation; with several agents, of all agents
    together. With 2 entries of planes, one thing on a board is seen elsewhere.

    Attributes:
        entries: in how many entries they may differ, at most.
        episodes: None: of all reachable worlds in which episodes go on, which are listed. A number:
            of the worlds that are met in the episodes of that many seeds 0, 1, ..., by random
            actions; for environments with too many worlds to list.
        function: replaces both: takes worlds [N] and returns the worlds whose observations may be
            shown, structured [N, K]. For `worst_case` also observations [N, K, ...], as the policy
            takes them. Where a world has fewer alternatives, it repeats its own.

    Raises:
        SafetyEnvsError: a number is out of range.
    """

    entries: int = 2
    episodes: int | None = None
    function: Callable[[Worlds], Any] | None = None

    def __post_init__(self) -> None:
        entries = whole_number(self.entries, "perturbations", 1, 1_000_000)
        object.__setattr__(self, "entries", entries)
        if self.episodes is not None:
            episodes = whole_number(self.episodes, "episodes of perturbations", 1, 100_000)
            object.__setattr__(self, "episodes", episodes)

    @classmethod
    def of(cls, given: Any) -> Self:
        """Returns perturbations from a number of entries, a mapping, a function, or as they are.

        Raises:
            SafetyEnvsError: it is none of them, or a number is out of range.
        """
        if isinstance(given, cls):
            return given
        if isinstance(given, Mapping):
            known = [each.name for each in fields(cls)]
            if unknown := [name for name in given if name not in known]:
                raise SafetyEnvsError(
                    f"perturbations have no {unknown[0]!r}. Known: {', '.join(known)}."
                )
            return cls(**given)
        if callable(given):
            return cls(function=given)
        return cls(entries=given)

    def as_json(self) -> dict[str, int]:
        """Returns them as plain data.

        Raises:
            SafetyEnvsError: they are a function.
        """
        if self.function is not None:
            raise SafetyEnvsError(
                f"perturbations are given by {in_short(self.function)}, which cannot be recorded: "
                'declare them, such as {"entries": 2}'
            )
        found = {"entries": self.entries}
        return found if self.episodes is None else {**found, "episodes": self.episodes}


def worlds_met(configuration: Configuration, episodes: int) -> Worlds:
    """Returns the distinct worlds of episodes of random actions, structured [K].

    Only worlds in which episodes go on; the seeds of the episodes are 0, 1, ...

    Raises:
        SafetyEnvsError: more than `MOST_OBSERVATIONS` worlds.
    """
    engine, index = begin(configuration, range(episodes)), WorldIndex(configuration.world)
    random = np.random.default_rng(0)
    index.add(engine.worlds)

    def act(engine: Any) -> Any:
        return random.integers(len(configuration.actions), size=engine.action_shape)

    for _ in play(engine, act):
        index.add(engine.worlds[engine.running])
        if len(index) > MOST_OBSERVATIONS:
            raise SafetyEnvsError(
                f"{episodes} episodes of {configuration.id} meet more than {MOST_OBSERVATIONS:,} "
                "worlds: let perturbations have fewer episodes"
            )
    return index.worlds


def entries_of(configuration: Configuration, worlds: Worlds) -> npt.NDArray[Any]:
    """Returns the entries of the default observations of worlds [N], [N, entries]."""
    seen = Observer(configuration)(worlds)
    return np.ascontiguousarray(seen).reshape(len(worlds), -1)


def varying(rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Returns which entries of rows [R, entries] are not the same in all of them; one at least."""
    differs: npt.NDArray[np.bool_] = (rows != rows[0]).any(axis=0)
    if not differs.any():
        differs[0] = True
    return differs


def kinds_of(rows: npt.NDArray[Any]) -> Ints:
    """Returns the same number, int64 [R], for rows [R, columns] that are equal."""
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def check_number(configuration: Configuration, number: int) -> None:
    """Checks that observations are few enough to be compared.

    Raises:
        SafetyEnvsError: they are not.
    """
    if number > MOST_OBSERVATIONS:
        raise SafetyEnvsError(
            f"{configuration.id} has {number:,} observations, more than {MOST_OBSERVATIONS:,}, "
            "which is too many to compare: give perturbations= as a function of worlds, or "
            '{"entries": 2, "episodes": 100}'
        )


def near_rows(
    rows: npt.NDArray[Any], others: npt.NDArray[Any], entries: int, kinds: Ints, of_others: Ints
) -> tuple[Ints, Ints]:
    """Finds rows of others that differ in few entries, one for each kind but the row's own.

    Args:
        rows: [R, entries].
        others: [O, entries].
        entries: in how many they may differ.
        kinds: int64 [R] which are of one kind.
        of_others: int64 [O] the same.

    Returns:
        first, int64 [R + 1], and other, int64 [M]: the rows near row r are
        other[first[r]:first[r + 1]].
    """
    near = compiled(find_near)
    most = max(kinds.max(initial=0), of_others.max(initial=0))
    marks = np.full(int(most) + 1, -1, np.int64)
    first = np.zeros(len(rows) + 1, np.int64)
    arguments = rows, others, entries, kinds, of_others, marks
    near(*arguments, first, np.zeros(0, np.int64))
    first = np.cumsum(first)
    other = np.zeros(first[-1], np.int64)
    if len(other):
        marks[:] = -1
        near(*arguments, first, other)
    return first, other


def of_states(first: Ints, other: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Returns the alternatives in states, as first [S + 1] and other, of those of their views."""
    counts = np.diff(first)[own]
    begin = np.concatenate([[0], np.cumsum(counts)])
    place = np.arange(begin[-1]) - np.repeat(begin[:-1] - first[own], counts)
    return begin, other[place]


def find_near(
    rows: Any, others: Any, entries: int, kinds: Any, of_others: Any,
    marks: Any, first: Any, other: Any,
) -> None:  # fmt: skip
    """Finds others that differ in few entries; see `near_rows`.

    With `other` empty, first[r + 1] becomes the number of those of row r. Otherwise they are
    written to other[first[r]:first[r + 1]].
    """
    for r in range(len(rows)):
        count = 0
        marks[kinds[r]] = r
        for o in range(len(others)):
            if marks[of_others[o]] == r:
                continue
            differing = 0
            for k in range(rows.shape[1]):
                if rows[r, k] != others[o, k]:
                    differing += 1
                    if differing > entries:
                        break
            if differing <= entries:
                marks[of_others[o]] = r
                if len(other):
                    other[first[r] + count] = o
                count += 1
        if not len(other):
            first[r + 1] = count
