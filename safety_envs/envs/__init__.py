"""The environments: one file each, in folders by problem. Nothing else is registered anywhere."""

import copyreg
import importlib
import pkgutil
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean

ENTRY_POINTS = "safety_envs.environments"
"""The entry-point group by which other packages add definitions, without a fork."""


@cache
def environments() -> Mapping[str, Environment]:
    """Returns every environment by its id, found by looking into the files and entry points."""
    found: dict[str, Environment] = {}
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Environment):
                found[value.id] = value
    for entry in entry_points(group=ENTRY_POINTS):
        value = entry.load()
        if not isinstance(value, Environment):
            raise SafetyEnvsError(f"entry point {entry.name!r} is not an Environment: {value!r}")
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


def resolve(environment: str | Environment) -> Environment:
    """Returns a definition, given itself or its id."""
    return find(environment) if isinstance(environment, str) else environment


def _at(module: str, name: str) -> Environment:
    found: Environment = getattr(importlib.import_module(module), name)
    return found


def _reduced(environment: Environment) -> Any:
    """Pickles a definition by its id, or by where it stands in a module, as functions are.

    Definitions hold functions without names, which a plain pickle refuses. One that has neither an
    id here nor a module of its own is pickled field by field: cloudpickle can do it.
    """
    if environments().get(environment.id) is environment:
        return find, (environment.id,)
    module = environment.step.__module__
    if module != "__main__":  # which is another module in another process
        there = vars(sys.modules[module]) if module in sys.modules else {}
        for name, value in there.items():
            if value is environment:
                return _at, (module, name)
    return environment.__reduce_ex__(2)


copyreg.pickle(Environment, _reduced)
