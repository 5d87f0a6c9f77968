"""Tables of named values: our own, and those that other packages add by an entry point.

One that cannot be loaded is named in a warning and left out. One whose name is taken replaces
nothing: a warning names both, and to use that name is an error as long as both are installed, since
nobody can say which of the two is meant.
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
    """A table of values by their own names.

    Nothing is looked for before the table is first used.

    Args:
        group: the entry-point group by which other packages add values.
        kind: the class of the values.
        name: returns a value's name.
        noun: what an error calls a value, "environment".
        own: yields our own values, each with where it is defined.
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
        self._origin: dict[str, str] = {}  # name -> who defines it, in words
        self._contested: dict[str, str] = {}  # name -> who else claims it, in words
        self._waiting: list[EntryPoint] = []  # entry points that are not loaded yet
        self._listeners: list[Listener[Value]] = []

    @cached_property
    def _found(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for value, where in self._own():
            self._add(found, value, f"safety_envs itself ({where})")
        # In an order that does not depend on the order of installation.
        entries = entry_points(group=self.group)
        self._waiting = sorted(entries, key=lambda entry: (_owner(entry), entry.name))
        return found

    def _add(self, found: dict[str, Value], value: Value, origin: str) -> None:
        """Adds a value, or notes that it claims a name which is taken."""
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
        """Loads plugins, except those whose own module has just begun to import this package."""
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
                warnings.warn(f"{origin} cannot be loaded and is left out: {text}", stacklevel=2)
                continue
            if isinstance(value, self._kind):
                self._add(found, value, origin)
            else:
                warnings.warn(
                    f"{origin} is left out: {in_short(value)} is no {self._kind.__name__}",
                    stacklevel=2,
                )
        new = [found[name] for name in sorted(found.keys() - before)]
        for listener in self._listeners if new else ():
            listener(new)

    def values(self) -> Mapping[str, Value]:
        """Returns every value by its name, in the order of the names.

        A plugin that cannot be loaded, or whose name is taken, is named in a warning and is not
        there.
        """
        found = self._found
        if self._waiting:
            self._load_waiting()
        return dict(sorted(found.items()))

    def announce(self, listener: Listener[Value]) -> None:
        """Calls a function with all values, and again with those that are found later."""
        listener(self.values().values())
        self._listeners.append(listener)

    def is_contested(self, name: str) -> bool:
        """Whether a plugin claims the name of another value."""
        return name in self._contested

    def find(self, name: str) -> Value:
        """Returns a value by its name.

        Raises:
            SafetyEnvsError: there is none, and the message suggests the nearest names; or a plugin
                claims the name of another value.
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
    except Exception:  # metadata is missing or damaged; what is raised then depends on Python
        return "an unknown package"
