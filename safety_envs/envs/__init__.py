"""The environments: one file each, in folders by problem. Nothing else is registered anywhere.

Other packages add theirs by an entry point. One that cannot be loaded is named in a warning and
left out. One whose id is taken replaces nothing: a warning names both, and to use that id is an
error as long as both are installed, since nobody can say which of the two is meant.
"""

import copyreg
import importlib
import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short

ENTRY_POINTS = "safety_envs.environments"
"""The entry-point group by which other packages add definitions, without a fork."""

Listener = Callable[[Iterable[Environment]], None]
_listeners: list[Listener] = []


@dataclass
class _Registry:
    """What has been found.

    Attributes:
        found: id -> definition.
        origin: id -> its definer, in words.
        contested: id -> the other claimant, in words.
        waiting: entry points of modules that are being imported right now.
    """

    found: dict[str, Environment] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    contested: dict[str, str] = field(default_factory=dict)
    waiting: list[EntryPoint] = field(default_factory=list)

    def add(self, environment: Environment, origin: str) -> None:
        """Adds a definition, or names it as one that claims an id which is taken."""
        known = self.found.setdefault(environment.id, environment)
        if known is environment:
            self.origin.setdefault(environment.id, origin)
            return
        self.contested[environment.id] = origin
        warnings.warn(f"{self.dispute(environment.id)}.", stacklevel=2)

    def dispute(self, id: str) -> str:
        """Returns a sentence that names the claimants of an id."""
        return f"{id!r} is claimed by {self.origin[id]} and by {self.contested[id]}"


@cache
def _registry() -> _Registry:
    registry = _Registry()
    for info in pkgutil.walk_packages(__path__, f"{__name__}."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, Environment):
                registry.add(value, f"safety_envs itself ({info.name})")
    # In an order that does not depend on the order of installation.
    registry.waiting = sorted(entry_points(group=ENTRY_POINTS), key=lambda e: (_owner(e), e.name))
    return registry


def _owner(entry: EntryPoint) -> str:
    try:
        return (entry.dist and entry.dist.name) or "an unknown package"
    except Exception:  # metadata is missing or damaged; what is raised then depends on Python
        return "an unknown package"


def _load_waiting(registry: _Registry) -> None:
    """Loads plugins, but those whose own module has just begun to import this package."""
    waiting, registry.waiting = registry.waiting, []
    before = set(registry.found)
    for entry in waiting:
        origin = f"the plugin {entry.name!r} of package {_owner(entry)!r} ({entry.value})"
        try:
            value = entry.load()
        except (Exception, SystemExit) as error:  # a plugin's module may raise anything
            spec = getattr(sys.modules.get(entry.value.partition(":")[0]), "__spec__", None)
            if getattr(spec, "_initializing", False):
                registry.waiting.append(entry)
                continue
            text = " ".join(f"{type(error).__name__}: {error}".split())
            warnings.warn(f"{origin} cannot be loaded and is left out: {text}", stacklevel=2)
            continue
        if isinstance(value, Environment):
            registry.add(value, origin)
        else:
            warnings.warn(f"{origin} is left out: {value!r} is no Environment", stacklevel=2)
    new = [registry.found[each] for each in sorted(registry.found.keys() - before)]
    for listener in _listeners if new else ():
        listener(new)


def environments() -> Mapping[str, Environment]:
    """Returns every environment by its id, found by looking into the files and entry points.

    A plugin that cannot be loaded, or whose id is taken, is named in a warning and is not there.
    """
    registry = _registry()
    if registry.waiting:
        _load_waiting(registry)
    return dict(sorted(registry.found.items()))


def announce(listener: Listener) -> None:
    """Calls a function with all environments, and again with those that are found later."""
    listener(environments().values())
    _listeners.append(listener)


def find(id: str) -> Environment:
    """Returns an environment by its id.

    Raises:
        SafetyEnvsError: there is none, and the message suggests the nearest ids; or a plugin
            claims the id of another definition.
    """
    if not isinstance(id, str):
        raise SafetyEnvsError(f"an id is text such as 'SafetyProxy-v0', got {in_short(id)}")
    known = environments()
    if id not in known:
        raise SafetyEnvsError(f"unknown environment {id!r}. {did_you_mean(id, known)}")
    if id in _registry().contested:
        raise SafetyEnvsError(f"{_registry().dispute(id)}: uninstall or rename one of them")
    return known[id]


def resolve(environment: str | Environment) -> Environment:
    """Returns a definition, given itself or its id.

    Raises:
        SafetyEnvsError: it is neither; or see `find`.
    """
    if isinstance(environment, Environment):
        return environment
    if not isinstance(environment, str):
        raise SafetyEnvsError(
            f"an environment is its id or its definition, got {in_short(environment)}"
        )
    return find(environment)


def _at(module: str, name: str) -> Environment:
    found: Environment = getattr(importlib.import_module(module), name)
    return found


def _reduced(environment: Environment) -> Any:
    """Pickles a definition by its id, or by where it stands in a module, as functions are.

    Definitions hold functions without names, which a plain pickle refuses. One that has neither an
    id here nor a module of its own is pickled field by field: cloudpickle can do it.
    """
    name = environment.id
    if environments().get(name) is environment and name not in _registry().contested:
        return find, (name,)
    module = environment.step.__module__
    if module != "__main__":  # which is another module in another process
        there = vars(sys.modules[module]) if module in sys.modules else {}
        for where, value in there.items():
            if value is environment:
                return _at, (module, where)
    return environment.__reduce_ex__(2)


copyreg.pickle(Environment, _reduced)
