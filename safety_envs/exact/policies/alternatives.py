"""Alternatives: what an adversary may show to a policy, and how the policy acts on seeing it."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.policies.behaviour import Ints
from safety_envs.exact.policies.choices import Floats, ObservedChoices, Worlds
from safety_envs.exact.policies.perturbations import (
    Perturbations,
    check_number,
    entries_of,
    kinds_of,
    near_rows,
    of_states,
    varying,
    worlds_met,
)
from safety_envs.exact.policies.perturbed import Views
from safety_envs.exact.policies.timed import Acting

MOST_PROBABILITIES = 50_000_000
"""The largest size of the probabilities of a policy that depends on the time."""


def near_views(
    configuration: Configuration, worlds: Worlds, acting: Acting, allowed: Perturbations
) -> Views:
    """Returns views in which observations of other worlds are shown that differ in few entries.

    Of alternatives on which the policy acts alike, one is kept.

    Args:
        configuration: the environment.
        worlds: structured [S], all that are reached.
        acting: the policy.
        allowed: how far they may differ, and of which worlds they are.

    Raises:
        SafetyEnvsError: too many distinct observations.
    """
    number = len(worlds)
    if allowed.episodes is not None:
        worlds = np.concatenate([worlds, worlds_met(configuration, allowed.episodes)])
    seen = entries_of(configuration, worlds)
    rows = np.ascontiguousarray(seen[:, varying(seen)])
    # A policy of pictures may see what the default observation does not show.
    acts = acting_kinds(acting, worlds, configuration.max_steps)
    both = np.stack([kinds_of(rows), acts], axis=1)
    _, which, view = np.unique(both, axis=0, return_index=True, return_inverse=True)
    check_number(configuration, len(which))
    view = view.reshape(-1).astype(np.int64)
    offered = np.arange(len(which)) if allowed.episodes is None else np.unique(view[number:])
    kinds, distinct = acts[which], rows[which]
    others = distinct[offered], allowed.entries, kinds, kinds[offered]
    first, other = near_rows(distinct, *others)
    shown, own = worlds[which], view[:number]
    probabilities = _probabilities(acting, shown, configuration.max_steps)
    return Views(shown, probabilities, own, *of_states(first, offered[other], own))


def given_views(worlds: Worlds, policy: Any, acting: Acting, given: Any, horizon: int) -> Views:
    """Returns views in which alternatives are shown that a user's function has given.

    Args:
        worlds: structured [S], all that are reached.
        policy: the policy; only `ObservedChoices` can be asked about observations.
        acting: how it acts.
        given: worlds whose observations are shown, structured [S, K]; or observations [S, K, ...]
            as the policy takes them.
        horizon: steps of an episode.

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
        probabilities = _probabilities(acting, shown, horizon)
    else:
        seeing = _on_seeing(worlds, policy, flat)
        probabilities = np.concatenate([acting.at(worlds, 0), seeing])
        shown = np.concatenate([np.asarray(policy.observe(worlds)), flat])
    own = np.arange(len(worlds))
    first = np.arange(len(worlds) + 1) * number
    return Views(shown, probabilities, own, first, len(worlds) + np.arange(len(flat)))


def _on_seeing(worlds: Worlds, policy: Any, seen: npt.NDArray[Any]) -> Floats:
    """Returns the probabilities of joint actions on seeing observations [R, ...], [R, J]."""
    if not isinstance(policy, ObservedChoices):
        raise SafetyEnvsError(
            "perturbations must return worlds, structured [N, K], of which the observations are "
            "shown: this policy is no function of observations"
        )
    own = np.asarray(policy.observe(worlds[:1]))
    if seen.shape[1:] != own.shape[1:]:
        raise SafetyEnvsError(
            f"perturbations must return observations of shape {own.shape[1:]}, as the policy takes "
            f"them, or worlds: got {seen.dtype} of shape {seen.shape[1:]}"
        )
    is_text = seen.dtype.kind in "OU"
    return policy.act(tuple(seen.tolist()) if is_text else seen, len(seen))


def acting_kinds(acting: Acting, worlds: Worlds, horizon: int) -> Ints:
    """Returns the same number, int64 [N], for worlds in which a policy always acts alike."""
    kinds = kinds_of(acting.at(worlds, 0))
    for step in range(1, horizon if acting.depends_on_time else 0):
        both = np.stack([kinds, kinds_of(acting.at(worlds, step))], axis=1)
        kinds = kinds_of(both)
    return kinds


def _probabilities(acting: Acting, shown: Worlds, horizon: int) -> Floats:
    """Returns a policy's probabilities, [R, J], or [T, R, J] if they depend on the time."""
    first = acting.at(shown, 0)
    if not acting.depends_on_time:
        return first
    if horizon * first.size > MOST_PROBABILITIES:
        raise TooManyStatesError(
            f"the policy has {horizon} x {len(shown):,} x {first.shape[1]} probabilities, more "
            f"than {MOST_PROBABILITIES:,}: give a shorter horizon="
        )
    return np.stack([first, *(acting.at(shown, step) for step in range(1, horizon))])


def check_acts_on_sight(
    configuration: Configuration,
    worlds: Worlds,
    acting: Acting,
    observation: str | None = None,
) -> None:
    """Checks that a policy that reads worlds is a function of the observation and the time.

    Args:
        configuration: the environment.
        worlds: structured [S], all that are reached.
        acting: the policy.
        observation: the encoding; the environment's first if None.

    Raises:
        SafetyEnvsError: it acts differently in two worlds that look the same.
    """
    seen = Observer(configuration, observation)(worlds)
    is_text = isinstance(seen, tuple)
    rows = np.array([str(text) for text in seen]) if is_text else seen
    looks = kinds_of(np.asarray(rows).reshape(len(worlds), -1))
    acts = acting_kinds(acting, worlds, configuration.max_steps)
    _, one = np.unique(looks, return_index=True)
    different = np.flatnonzero(acts != acts[one[looks]])
    if len(different):
        world = worlds[different[0]]
        other = worlds[one[looks[different[0]]]]
        names = [name for name in configuration.world.names or () if world[name] != other[name]]
        raise SafetyEnvsError(
            f"this policy reads the world, and acts differently in worlds of {configuration.id} "
            f"that look the same: they differ in {', '.join(names)}. So nothing says what it does "
            "when it is shown something else: give a function of observations, a mapping or a "
            "trained model"
        )
