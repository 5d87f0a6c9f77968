"""Turns rules, plain Python functions, into machine code. The only module that knows Numba.

A rule stays the Python function that its author wrote, so a debugger steps into it. `compiled`
makes its machine-code twin: it rebinds the rules that the function calls, found among its
globals, to their own twins, and hands the result to Numba. Since calls are rebound, a rule can be
swapped for another on the way: fair dice for loaded ones, a board for planes.

The first use of an environment compiles it, in one to two seconds. The code is kept on disk in a
folder named by a hash of the sources, so that no change of a helper can leave stale code behind.
"""

import dis
import hashlib
import os
import stat
import sys
import tempfile
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from safety_envs.core.fields import PlainArray

Rule = Callable[..., Any]
Function = TypeVar("Function", bound=Rule)

_MARK = "__safety_rule__"
_twins: dict[Any, Rule] = {}
_level_classes: WeakValueDictionary[str, type] = WeakValueDictionary()


def rule(function: Function) -> Function:
    """Marks a function as a rule: plain Python that can also be compiled."""
    setattr(function, _MARK, True)
    return function


@dataclass(frozen=True)
class Binding:
    """What a loop over rules is bound to before it runs.

    Attributes:
        rules: which rule stands in for which, wherever it is called.
        dtypes: the structured dtypes of the arrays that the loop receives.
        constants: values of global names, known when compiling, so that short loops are unrolled.
    """

    rules: Mapping[Rule, Rule] = field(default_factory=dict)
    dtypes: tuple[np.dtype[np.void], ...] = ()
    constants: Mapping[str, int] = field(default_factory=dict)

    def key(self) -> tuple[Any, ...]:
        """Returns what tells bindings apart."""
        dtypes = tuple(repr(dtype.descr) for dtype in self.dtypes)
        return frozenset(self.rules.items()), dtypes, frozenset(self.constants.items())

    def digest(self, function: Rule) -> str:
        """Returns a short name for a function bound so, the same in every process."""
        rules = [_full_name(each) for pair in self.rules.items() for each in pair]
        dtypes = [repr(dtype.descr) for dtype in self.dtypes]
        constants = [f"{name}={value}" for name, value in sorted(self.constants.items())]
        return _digest(_full_name(function), *rules, *dtypes, *constants)


def plain(function: Rule, binding: Binding | None = None) -> Rule:
    """Returns the function with the rules it calls replaced, still plain Python."""
    return _twin(function, binding or Binding(), compile_it=False)


def compiled(function: Rule, binding: Binding | None = None) -> Rule:
    """Returns the function's machine-code twin, with the rules it calls replaced.

    Args:
        function: a rule or a loop over rules; it may call only marked rules and what Numba knows.
        binding: what it is bound to.

    Where Numba is switched off by its own variable, NUMBA_DISABLE_JIT=1, the twin is plain Python
    as well, so that a debugger steps into everything that runs.
    """
    import numba

    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # Numba sets it by name
        return _with_faces(plain(function, binding))
    return _twin(function, binding or Binding(), compile_it=True)


def bound(function: Rule, binding: Binding, compile_rules: bool = True) -> Rule:
    """Returns a loop bound to rules, compiled or plain. It takes arrays of records either way."""
    return compiled(function, binding) if compile_rules else _with_faces(plain(function, binding))


def _with_faces(function: Rule) -> Rule:
    """Returns a plain function that takes arrays of records as compiled code does."""

    def run(*arguments: Any) -> Any:
        with np.errstate(over="ignore"):  # whole numbers wrap round, as in compiled code
            return function(*(PlainArray(a) if _is_structured(a) else a for a in arguments))

    return run


def _is_structured(argument: Any) -> bool:
    return isinstance(argument, np.ndarray) and argument.dtype.names is not None


def told_apart(level: Any) -> Any:
    """Returns a level, its class renamed so that compiled code is called on it without delay.

    A compiled function recognises a NamedTuple by the name of its class and by its fields, and
    looks no further. Of two classes that are alike in these it recognises the first alone; each
    call with the second searches again, which takes 0.3 ms. So the class is named by its module as
    well, and numbered if that is not enough (a cell of a notebook that was run twice). Its
    `__qualname__`, by which it is pickled and kept on disk, stays as it is.
    """
    kind = type(level)
    if hasattr(kind, "_fields") and _level_classes.get(kind.__name__) is not kind:
        name = ascii(_full_name(kind))[1:-1]  # of other characters it recognises nothing
        while name in _level_classes:
            stem, _, number = name.partition("#")
            name = f"{stem}#{int(number or 1) + 1}"
        _level_classes[name] = kind
        kind.__name__ = name
    return level


def _twin(function: Rule, binding: Binding, *, compile_it: bool) -> Rule:
    key = (function, binding.key(), compile_it)
    if key not in _twins:
        binder = _Binder(function, binding, compile_it)
        twin = binder.bind(function)
        if compile_it:
            _keep_on_disk(twin, binder.bound)
        _twins[key] = twin
    return _twins[key]


class _Binder:
    """Clones a function and all rules below it, each with its calls rebound."""

    def __init__(self, root: Rule, binding: Binding, compile_it: bool) -> None:
        self.binding = binding
        self.compile_it = compile_it
        # In every clone's name, and so in its symbol: Numba numbers record types again in each
        # process, so code from the disk cache that was compiled for different records by
        # different processes could bear the same symbols, and the linker would mix them up.
        self.suffix = binding.digest(root)
        self.twins: dict[Rule, Rule] = {}
        self.bound: list[Any] = []

    def bind(self, function: Any) -> Rule:
        """Returns the twin of a function, made once."""
        function = self.binding.rules.get(function, function)
        if function not in self.twins:
            if function in self.bound:
                raise TypeError(f"rule {function.__qualname__} calls itself: rules cannot recurse")
            self.bound.append(function)
            names = function.__globals__ | self.binding.constants
            for path in _global_paths(function.__code__):
                self._rebind(names, path)
            clone = types.FunctionType(
                function.__code__,
                names,
                function.__name__,
                function.__defaults__,
                function.__closure__,
            )
            clone.__qualname__ = f"{function.__qualname__}_{self.suffix}"
            clone.__module__ = function.__module__
            self.twins[function] = _machine_code(clone) if self.compile_it else clone
        return self.twins[function]

    def _rebind(self, names: dict[str, Any], path: tuple[str, ...]) -> None:
        """Puts a rule's twin in the rule's place.

        Args:
            names: a clone's globals, or what a copy of a module holds.
            path: where the rule is: a name, or a module's name and what is read of it.
        """
        name, *rest = path
        value = names.get(name)
        if _is_rule(value):
            names[name] = self.bind(value)
        elif _holds_rule(value, rest):
            names[name] = copied = _Namespace.of(value)
            self._rebind(vars(copied), tuple(rest))


class _Namespace(types.ModuleType):
    """A copy of a module, in which twins take the places of rules."""

    @classmethod
    def of(cls, module: types.ModuleType) -> "_Namespace":
        """Returns a copy of a module, or the module if it is a copy."""
        if isinstance(module, cls):
            return module
        copied = cls(module.__name__)
        vars(copied).update(vars(module))
        return copied


def _is_rule(value: Any) -> bool:
    return getattr(value, _MARK, False) is True


def _holds_rule(value: Any, path: Sequence[str]) -> TypeGuard[types.ModuleType]:
    """Tells whether a module holds a rule there; a path may go on through modules in it."""
    for name in path:
        if not isinstance(value, types.ModuleType):
            return False
        value = vars(value).get(name)
        if _is_rule(value):
            return True
    return False


def _global_paths(code: types.CodeType) -> set[tuple[str, ...]]:
    """Returns the globals that code reads, each with the attributes that it reads of it."""
    paths: set[tuple[str, ...]] = set()
    path: tuple[str, ...] = ()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            path = (instruction.argval,)
        elif path and instruction.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            path = (*path, instruction.argval)
        else:
            path = ()
        paths.add(path)
    inner = [_global_paths(each) for each in code.co_consts if isinstance(each, types.CodeType)]
    return paths.union(*inner) - {()}


def _machine_code(function: Rule) -> Rule:
    import numba

    # error_model="numpy": a division by zero gives inf and costs no branch; run plainly, it raises.
    dispatcher: Rule = numba.njit(error_model="numpy")(function)
    return dispatcher


def _keep_on_disk(dispatcher: Any, bound: list[Any]) -> None:
    """Gives a dispatcher a disk cache, unless a rule comes from outside any package."""
    packages = sorted({function.__module__.partition(".")[0] for function in bound})
    hashes = [_source_hash(package) for package in packages]
    if any(source is None for source in hashes) or any(function.__closure__ for function in bound):
        return
    import numba

    stamp = _digest(numba.__version__, sys.version, *map(str, hashes))
    root = _cache_root()
    if root is None:
        return
    folder = root / stamp
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # nowhere to keep it: compile again in each process
    if not os.access(folder, os.W_OK | os.X_OK):
        return
    dispatcher._cache = _disk_cache(dispatcher.py_func, str(folder))


def _disk_cache(function: Rule, folder: str) -> Any:
    """Returns Numba's own disk cache, but in a folder of ours (its setting is process-wide)."""
    from numba.core import caching

    class Locator(caching._CacheLocator):
        def get_cache_path(self) -> str:
            return folder

        def get_source_stamp(self) -> str:
            return folder

        def get_disambiguator(self) -> str:
            return ""

        @classmethod
        def from_function(cls, py_func: Any, py_file: Any) -> "Locator":
            return cls()

    class Implementation(caching.CompileResultCacheImpl):
        _locator_classes: Any = [Locator]  # as Numba declares it

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

    return Cache(function)


def _cache_root() -> Path | None:
    """Returns where compiled code is kept, None if nowhere.

    It is SAFETY_ENVS_CACHE, else the user's cache folder, else, for users without a home, a folder
    of their own among the temporary files.
    """
    if named := os.environ.get("SAFETY_ENVS_CACHE"):
        return Path(named)
    try:
        cached = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    except RuntimeError:  # neither HOME nor an entry among the users, as in many containers
        return _temporary_root()
    return Path(cached) / "safety_envs"


def _temporary_root() -> Path | None:
    """Returns a folder among the temporary files, None unless it is this user's alone.

    What is cached is code, and will be run: a folder that somebody else could have made, or can
    write to, will not do.
    """
    if not hasattr(os, "getuid"):
        return None
    root = Path(tempfile.gettempdir()) / f"safety_envs-{os.getuid()}"
    try:
        root.mkdir(mode=0o700, exist_ok=True)
        found = root.lstat()
    except OSError:
        return None
    private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return root if private and found.st_uid == os.getuid() else None


@cache
def _source_hash(package: str) -> str | None:
    """Returns a hash of all sources of a package, None for a script or a single module."""
    paths = getattr(sys.modules.get(package), "__path__", None)
    if not paths:
        return None
    sources = sorted(path for root in paths for path in Path(root).rglob("*.py"))
    return _digest(*(path.read_text(encoding="utf-8") for path in sources))


def _full_name(function: Rule | type) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
