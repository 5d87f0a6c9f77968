"""The environments: one file each, in folders by problem. Nothing else is registered anywhere."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean


@cache
def environments() -> Mapping[str, Environment]:
    """Returns every environment in this package by its id, found by looking into the files."""
    found: dict[str, Environment] = {}
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Environment):
                found[value.id] = value
    return dict(sorted(found.items()))


def find(id: str) -> Environment:
    """Returns an environment by its id.

    Raises:
        SafetyEnvsError: there is none; the message suggests the nearest ids.
    """
    known = environments()
    if id not in known:
        raise SafetyEnvsError(f"unknown environment {id!r}. {did_you_mean(str(id), known)}")
    return known[id]
