"""Replays recorded actions, and finds the first difference from the recorded results."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.episodes import Step
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.trajectories.recorder import NO_ACTION

Array = npt.NDArray[Any]

TOLERANCE = 1e-8
"""The absolute and relative tolerance of real numbers, because machines round differently."""

_AFTER_A_STEP = ("actions", "rewards", "terminated", "truncated")


def checked_actions(actions: Any, engine: Engine) -> npt.NDArray[np.int64]:
    """Returns actions as int64 [T, *engine.action_shape].

    Raises:
        SafetyEnvsError: actions of the wrong type or shape.
    """
    actions = np.asarray(actions)
    shape = engine.action_shape
    if actions.size == 0 and actions.shape[:1] == (0,):
        return np.zeros((0, *shape), np.int64)
    if actions.dtype.kind not in "iu" or actions.shape[1:] != shape or actions.ndim == 0:
        steps = ", ".join(map(str, ("steps", *shape)))
        raise SafetyEnvsError(
            f"actions must be whole numbers of shape ({steps}), "
            f"got {actions.dtype} of shape {actions.shape}"
        )
    return np.asarray(actions, np.int64)


def replay(engine: Engine, actions: npt.NDArray[np.int64]) -> Iterator[Step]:
    """Takes recorded actions [T, *engine.action_shape], and yields after each step.

    Raises:
        SafetyEnvsError: an action for an episode that has ended, a missing action for a running
            episode, or an action out of range.
    """
    for t, row in enumerate(actions):
        where = engine.running.copy()
        given = (row != NO_ACTION).reshape(len(where), -1).any(axis=1)
        if not where.any():
            raise SafetyEnvsError(f"at step {t + 1} all episodes have ended: remove later actions")
        if (given != where).any():
            wrong = int(np.flatnonzero(given != where)[0])
            found = (
                "has no action" if where[wrong] else f"has ended: its action must be {NO_ACTION}"
            )
            raise SafetyEnvsError(f"at step {t + 1} episode {wrong} {found}")
        spread = where.reshape(len(where), *(1,) * (row.ndim - 1))
        step = Step(np.where(spread, row, 0), where)
        engine.step(step.actions, where)
        yield step


def difference(recorded: Mapping[str, Array], played: Mapping[str, Array]) -> str | None:
    """Returns a description of the first difference; None if there is none.

    Args:
        recorded: name -> array [T or T+1, N, ...], see `Trajectory`.
        played: the same arrays after replaying.
    """
    found = []
    for order, (name, array) in enumerate(recorded.items()):
        other = played[name]
        if array.dtype != other.dtype or array.shape != other.shape:
            return (
                f"{name} were recorded as {in_short(array.dtype)} of shape {array.shape}, and are "
                f"now {in_short(other.dtype)} of shape {other.shape}"
            )
        places = np.argwhere(_differs(array, other))
        if len(places):
            t, episode = places[0].tolist()
            found.append((t + (name in _AFTER_A_STEP), order, name, t, episode))
    if not found:
        return None
    step, _, name, t, episode = min(found)
    what, (was, now) = _described(name, recorded[name][t, episode], played[name][t, episode])
    return f"episode {episode} first differs at step {step}: {what} was {was} and is now {now}"


def _differs(array: Array, other: Array) -> npt.NDArray[np.bool_]:
    """Returns where two arrays [T, N, ...] differ, bool [T, N]."""
    if array.dtype.names is not None:
        differs = np.zeros(array.shape[:2], np.bool_)
        for name in array.dtype.names:
            differs |= _differs(array[name], other[name])
        return differs
    if array.dtype.kind == "f":
        unequal = ~np.isclose(array, other, TOLERANCE, TOLERANCE, equal_nan=True)
    else:
        unequal = array != other
    return np.asarray(unequal.reshape(*array.shape[:2], -1).any(axis=2))


def _described(name: str, was: Any, now: Any) -> tuple[str, tuple[str, str]]:
    """Returns the name of the difference and both values; for worlds, the first differing field."""
    for field in (was.dtype.names or ()) if name == "worlds" else ():
        one, other = (np.array(world[field])[None, None] for world in (was, now))
        if _differs(one, other).any():
            return f"the world's {field!r}", (_short(was[field]), _short(now[field]))
    return name, (_short(was), _short(now))


def _short(value: Any) -> str:
    return in_short(value.tolist() if hasattr(value, "tolist") else value)
