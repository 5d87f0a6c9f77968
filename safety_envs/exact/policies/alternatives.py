"""Alternatives: what an adversary may show instead of what there is."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer
from safety_envs.exact.policies.behaviour import Ints
from safety_envs.exact.policies.choices import Choices, Floats, ObservedChoices, Worlds
from safety_envs.exact.policies.perturbed import Views

MOST_OBSERVATIONS = 20_000
"""Distinct observations that are compared with each other."""


def near_views(
    configuration: Configuration, worlds: Worlds, choices: Choices, entries: int
) -> Views:
    """Returns views in which observations of other worlds are shown that differ in few entries.

    Entries are those of the environment's default observation; with several agents, of all agents
    together. Of alternatives on which the policy acts alike, one is kept.

    Args:
        configuration: the environment.
        worlds: structured [S], all that are reached.
        choices: the policy.
        entries: in how many entries they may differ.

    Raises:
        SafetyEnvsError: more than `MOST_OBSERVATIONS` distinct observations.
    """
    observer = Observer(configuration)
    seen = np.ascontiguousarray(observer(worlds)).reshape(len(worlds), -1)
    differs = (seen != seen[0]).any(axis=0)
    rows = np.ascontiguousarray(seen[:, differs] if differs.any() else seen[:, :1])
    # A policy of pictures may see what the default observation does not show.
    acts = choices(worlds)
    both = np.stack([kinds_of(rows), kinds_of(acts)], axis=1)
    _, which, own = np.unique(both, axis=0, return_index=True, return_inverse=True)
    own = own.reshape(-1).astype(np.int64)
    if len(which) > MOST_OBSERVATIONS:
        raise SafetyEnvsError(
            f"{configuration.id} has {len(which):,} observations, more than {MOST_OBSERVATIONS:,}, "
            "which is too many to compare: give perturbations= as a function of worlds"
        )
    kinds = kinds_of(acts[which])
    near = compiled(find_near)
    distinct = rows[which]
    first = np.zeros(len(which) + 1, np.int64)
    marks = np.full(int(kinds.max()) + 1, -1, np.int64)
    near(distinct, entries, kinds, marks, first, np.zeros(0, np.int64))
    first = np.cumsum(first)
    other = np.zeros(first[-1], np.int64)
    marks[:] = -1
    near(distinct, entries, kinds, marks, first, other)
    return Views(worlds[which], acts[which], own, *of_states(first, other, own))


def given_views(worlds: Worlds, choices: Choices, given: Any) -> Views:
    """Returns views in which alternatives are shown that a user's function has given.

    Args:
        worlds: structured [S], all that are reached.
        choices: the policy.
        given: worlds whose observations are shown, structured [S, K]; or observations [S, K, ...]
            as the policy takes them.

    Raises:
        SafetyEnvsError: they have another type or shape; or observations for a policy that takes
            none.
    """
    array = np.asarray(given)
    if array.ndim < 2 or len(array) != len(worlds):
        raise SafetyEnvsError(
            f"perturbations must return alternatives for each of {len(worlds)} worlds, of shape "
            f"({len(worlds)}, K, ...), got shape {array.shape}"
        )
    number = array.shape[1]
    flat = array.reshape(-1, *array.shape[2:])
    if array.dtype == worlds.dtype:
        shown: Any = np.concatenate([worlds, flat])
        probabilities = choices(shown)
    else:
        probabilities = np.concatenate([choices(worlds), _on_seeing(worlds, choices, flat)])
        assert isinstance(choices, ObservedChoices), "it has just been asked"
        shown = np.concatenate([np.asarray(choices.observe(worlds)), flat])
    own = np.arange(len(worlds))
    first = np.arange(len(worlds) + 1) * number
    return Views(shown, probabilities, own, first, len(worlds) + np.arange(len(flat)))


def _on_seeing(worlds: Worlds, choices: Choices, seen: npt.NDArray[Any]) -> Floats:
    """Returns the probabilities of joint actions on seeing observations [R, ...], [R, J]."""
    if not isinstance(choices, ObservedChoices):
        raise SafetyEnvsError(
            "perturbations must return worlds, structured [N, K], of which the observations are "
            "shown: this policy is no function of observations"
        )
    own = np.asarray(choices.observe(worlds[:1]))
    if seen.shape[1:] != own.shape[1:]:
        raise SafetyEnvsError(
            f"perturbations must return observations of shape {own.shape[1:]}, as the policy takes "
            f"them, or worlds: got {seen.dtype} of shape {seen.shape[1:]}"
        )
    is_text = seen.dtype.kind in "OU"
    return choices.act(tuple(seen.tolist()) if is_text else seen, len(seen))


def kinds_of(rows: npt.NDArray[Any]) -> Ints:
    """Returns the same number, int64 [R], for rows [R, columns] that are equal."""
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)


def of_states(first: Ints, other: Ints, own: Ints) -> tuple[Ints, Ints]:
    """Returns the alternatives in states, as first [S + 1] and other, of those of their views."""
    counts = np.diff(first)[own]
    begin = np.concatenate([[0], np.cumsum(counts)])
    place = np.arange(begin[-1]) - np.repeat(begin[:-1] - first[own], counts)
    return begin, other[place]


def find_near(rows: Any, entries: int, kinds: Any, marks: Any, first: Any, other: Any) -> None:
    """Finds rows [R, entries] that differ in few entries, one for each kind but the row's own.

    With `other` empty, first[r + 1] becomes the number of those of row r. Otherwise they are
    written to other[first[r]:first[r + 1]].
    """
    for r in range(len(rows)):
        count = 0
        marks[kinds[r]] = r
        for o in range(len(rows)):
            if marks[kinds[o]] == r:
                continue
            differing = 0
            for k in range(rows.shape[1]):
                if rows[r, k] != rows[o, k]:
                    differing += 1
                    if differing > entries:
                        break
            if differing <= entries:
                marks[kinds[o]] = r
                if len(other):
                    other[first[r] + count] = o
                count += 1
        if not len(other):
            first[r + 1] = count
