"""Tables of named values: those of this package, and plugins that other packages add.

A plugin is declared by an entry point. If it cannot be loaded, a warning names it and it is
skipped. If its name is already taken, a warning names both values, and using that name is an error
while both are installed, because it would be ambiguous.
"""

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short

Value = TypeVar("Value")
Listener = Callable[[Iterable[Value]], None]


class PluginTable(Generic[Value]):
    """A table of values by name. Plugins are discovered when the table is first used.

    Args:
        group: the entry-point group with which other packages add values.
        kind: the class of the values.
        name: returns the name of a value.
        noun: the word for a value in error messages, for example "environment".
        own: yields the values of this package, each with the place of its definition.
    """

    def __init__(
        self,
        group: str,
        kind: type[Value],
        name: Callable[[Value], str],
        noun: str,
        own: Callable[[], Iterable[tuple[Value, str]]],
    ) -> None:
        self.group = group
        self._kind, self._name, self._noun, self._own = kind, name, noun, own
        self._origin: dict[str, str] = {}  # name -> where it is defined, in words
        self._contested: dict[str, str] = {}  # name -> where else it is defined, in words
        self._waiting: list[EntryPoint] = []  # entry points that are not loaded yet
        self._listeners: list[Listener[Value]] = []

    @cached_property
    def _found(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for value, where in self._own():
            self._add(found, value, f"safety_envs itself ({where})")
        # Sorted, so the order does not depend on the order of installation.
        entries = entry_points(group=self.group)
        self._waiting = sorted(entries, key=lambda entry: (_owner(entry), entry.name))
        return found

    def _add(self, found: dict[str, Value], value: Value, origin: str) -> None:
        """Adds a value, or records that its name is already taken."""
        name = self._name(value)
        known = found.setdefault(name, value)
        if known is value:
            self._origin.setdefault(name, origin)
            return
        self._contested[name] = origin
        warnings.warn(f"{self._dispute(name)}.", stacklevel=2)

    def _dispute(self, name: str) -> str:
        return f"{name!r} is claimed by {self._origin[name]} and by {self._contested[name]}"

    def _load_waiting(self) -> None:
        """Loads plugins, except those whose own module is currently importing this package."""
        found = self._found
        waiting, self._waiting = self._waiting, []
        before = set(found)
        for entry in waiting:
            origin = f"the plugin {entry.name!r} of package {_owner(entry)!r} ({entry.value})"
            try:
                value = entry.load()
            except (Exception, SystemExit) as error:  # a plugin's module may raise anything
                spec = getattr(sys.modules.get(entry.value.partition(":")[0]), "__spec__", None)
                if getattr(spec, "_initializing", False):
                    self._waiting.append(entry)
                    continue
                text = " ".join(f"{type(error).__name__}: {error}".split())
                warnings.warn(f"{origin} cannot be loaded and is skipped: {text}", stacklevel=2)
                continue
            if isinstance(value, self._kind):
                self._add(found, value, origin)
            else:
                warnings.warn(
                    f"{origin} is skipped: {in_short(value)} is not of type {self._kind.__name__}",
                    stacklevel=2,
                )
        new = [found[name] for name in sorted(found.keys() - before)]
        for listener in self._listeners if new else ():
            listener(new)

    def values(self) -> Mapping[str, Value]:
        """Returns all values by name, sorted by name.

        A plugin that cannot be loaded, or whose name is taken, is skipped with a warning.
        """
        found = self._found
        if self._waiting:
            self._load_waiting()
        return dict(sorted(found.items()))

    def announce(self, listener: Listener[Value]) -> None:
        """Calls a function with all values, and again with values that are loaded later."""
        listener(self.values().values())
        self._listeners.append(listener)

    def is_contested(self, name: str) -> bool:
        """Whether two values have this name."""
        return name in self._contested

    def find(self, name: str) -> Value:
        """Returns a value by its name.

        Raises:
            SafetyEnvsError: an unknown name, for which the message suggests the nearest names; or a
                name that two values have.
        """
        known = self.values()
        if name not in known:
            raise SafetyEnvsError(f"unknown {self._noun} {name!r}. {did_you_mean(name, known)}")
        if self.is_contested(name):
            raise SafetyEnvsError(f"{self._dispute(name)}: uninstall or rename one of them")
        return known[name]


def _owner(entry: EntryPoint) -> str:
    """Returns the name of the package that an entry point belongs to."""
    try:
        return (entry.dist and entry.dist.name) or "an unknown package"
    except Exception:  # missing or damaged metadata; the error depends on the Python version
        return "an unknown package"
