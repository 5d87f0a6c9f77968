"""The horizon and its names in other frameworks."""

import sys
from collections.abc import Mapping
from typing import Any

from safety_envs.core.errors import SafetyEnvsError

ALIASES = ("max_episode_steps", "max_cycles")
"""Gymnasium's and PettingZoo's names for `max_steps`."""


def with_horizon(keywords: Mapping[str, Any], limit: int | None = None) -> dict[str, Any]:
    """Returns keywords in which the horizon is named `max_steps`.

    Args:
        keywords: an environment's keywords, with the horizon under one or several of its names.
        limit: a horizon that was given in another way; None if there is none.

    Raises:
        SafetyEnvsError: contradictory horizons.
    """
    rest = {name: value for name, value in keywords.items() if name not in ALIASES}
    asked = {name: keywords[name] for name in ALIASES if keywords.get(name) is not None}
    if limit is not None:
        asked.setdefault("max_episode_steps", limit)
    for name, value in asked.items():
        if rest.setdefault("max_steps", value) != value:
            raise SafetyEnvsError(
                f"max_steps={rest['max_steps']!r} and {name}={value!r} contradict "
                "each other: give one of them"
            )
    return rest


def limit_of_gymnasium(env: Any) -> int | None:
    """Returns the `max_episode_steps` of the `gymnasium.make` call that is creating `env`, if any.

    `make` passes it to a `TimeLimit` wrapper but not to the environment, which would then end
    episodes at its own horizon. It can only be read from the frame of the caller.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_locals.get("self") is env:
        frame = frame.f_back  # the environment's constructor and those of subclasses
    if frame.f_code.co_name != "make" or frame.f_globals.get("__name__") != _MAKER:
        return None
    limit = frame.f_locals.get("max_episode_steps")
    if limit is None:
        limit = getattr(frame.f_locals.get("env_spec"), "max_episode_steps", None)
    return None if limit == -1 else limit  # -1 means "no TimeLimit" in Gymnasium


_MAKER = "gymnasium.envs.registration"
