"""The environments: one file each, in folders by problem. Nothing else is registered anywhere.

Other packages add theirs by an entry point. How a broken one and a taken id are dealt with is said
in `safety_envs.core.plugins`.
"""

import copyreg
import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from safety_envs.core.definition import Configuration, Environment
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.core.plugins import PluginTable

Asked = str | Environment | Configuration
"""The forms in which functions take an environment: its id, its definition, or a configuration."""

ENTRY_POINTS = "safety_envs.environments"
"""The entry-point group by which other packages add definitions, without a fork."""


def _own() -> Iterator[tuple[Environment, str]]:
    """Yields the definitions of the files of this package, each with the name of its module."""
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Environment):
                yield value, info.name


_TABLE = PluginTable(ENTRY_POINTS, Environment, lambda each: each.id, "environment", _own)


def environments() -> Mapping[str, Environment]:
    """Returns every environment by its id, found by looking into the files and entry points.

    A plugin that cannot be loaded, or whose id is taken, is named in a warning and is not there.
    """
    return _TABLE.values()


def announce(listener: Callable[[Iterable[Environment]], None]) -> None:
    """Calls a function with all environments, and again with those that are found later."""
    _TABLE.announce(listener)


def find(id: str) -> Environment:
    """Returns an environment by its id.

    Raises:
        SafetyEnvsError: there is none, and the message suggests the nearest ids; or a plugin
            claims the id of another definition.
    """
    if not isinstance(id, str):
        raise SafetyEnvsError(f"an id is text such as 'SafetyProxy-v0', got {in_short(id)}")
    return _TABLE.find(id)


def resolve(environment: Asked) -> Environment:
    """Returns a definition, given itself, its id or a configuration of it.

    Raises:
        SafetyEnvsError: it is none of these; or see `find`.
    """
    if isinstance(environment, Environment):
        return environment
    if isinstance(environment, Configuration):
        return environment.asked
    if not isinstance(environment, str):
        raise SafetyEnvsError(
            "an environment is its id, its definition or a configuration, "
            f"got {in_short(environment)}"
        )
    return find(environment)


def configuration_of(environment: Asked, **keywords: Any) -> Configuration:
    """Returns a configuration, given an id, a definition or a configuration to change.

    Args:
        environment: the environment.
        keywords: its keywords; all others have their defaults or, in a configuration, stay.

    Raises:
        SafetyEnvsError: see `resolve` and `Environment.configure`.
    """
    if isinstance(environment, Configuration):
        return environment.with_keywords(**keywords) if keywords else environment
    return resolve(environment).configure(**keywords)


def _at(module: str, name: str) -> Environment:
    found: Environment = getattr(importlib.import_module(module), name)
    return found


def _reduced(environment: Environment) -> Any:
    """Pickles a definition by its id, or by where it stands in a module, as functions are.

    Definitions hold functions without names, which a plain pickle refuses. One that has neither an
    id here nor a module of its own is pickled field by field: cloudpickle can do it.
    """
    name = environment.id
    if environments().get(name) is environment and not _TABLE.is_contested(name):
        return find, (name,)
    module = environment.step.__module__
    if module != "__main__":  # which is another module in another process
        there = vars(sys.modules[module]) if module in sys.modules else {}
        for where, value in there.items():
            if value is environment:
                return _at, (module, where)
    return environment.__reduce_ex__(2)


copyreg.pickle(Environment, _reduced)
