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
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Replacements = Mapping[Callable[..., Any], Callable[..., Any]]

_MARK = "__safety_rule__"
_twins: dict[Any, Callable[..., Any]] = {}


def rule(function: Function) -> Function:
    """Marks a function as a rule: plain Python that can also be compiled."""
    setattr(function, _MARK, True)
    return function


def plain(
    function: Callable[..., Any], replacements: Replacements, **constants: int
) -> Callable[..., Any]:
    """Returns the function with the rules it calls replaced, still plain Python."""
    return _twin(function, replacements, constants, compile_it=False)


def compiled(
    function: Callable[..., Any], replacements: Replacements, **constants: int
) -> Callable[..., Any]:
    """Returns the function's machine-code twin, with the rules it calls replaced.

    Args:
        function: a rule or a loop over rules; it may call only marked rules and what Numba knows.
        replacements: which rule stands in for which, wherever it is called.
        constants: values of global names, known when compiling, so that short loops are unrolled.
    """
    return _twin(function, replacements, constants, compile_it=True)


def _twin(
    function: Callable[..., Any],
    replacements: Replacements,
    constants: Mapping[str, int],
    *,
    compile_it: bool,
) -> Callable[..., Any]:
    key = (function, frozenset(replacements.items()), frozenset(constants.items()), compile_it)
    if key not in _twins:
        binder = _Binder(replacements, constants, compile_it)
        twin = binder.bind(function)
        if compile_it:
            _keep_on_disk(twin, binder.bound, constants)
        _twins[key] = twin
    return _twins[key]


class _Binder:
    """Clones a function and all rules below it, each with its calls rebound."""

    def __init__(
        self, replacements: Replacements, constants: Mapping[str, int], compile_it: bool
    ) -> None:
        self.replacements = replacements
        self.constants = constants
        self.compile_it = compile_it
        self.twins: dict[Callable[..., Any], Callable[..., Any]] = {}
        self.bound: list[Any] = []

    def bind(self, function: Any) -> Callable[..., Any]:
        """Returns the twin of a function, made once."""
        function = self.replacements.get(function, function)
        if function not in self.twins:
            if function in self.bound:
                raise TypeError(f"rule {function.__qualname__} calls itself: rules cannot recurse")
            self.bound.append(function)
            names = function.__globals__ | self.constants
            for name in set(_global_names(function.__code__)):
                value = names.get(name)
                if getattr(value, _MARK, False):
                    names[name] = self.bind(value)
            clone = types.FunctionType(
                function.__code__,
                names,
                function.__name__,
                function.__defaults__,
                function.__closure__,
            )
            clone.__qualname__ = function.__qualname__
            clone.__module__ = function.__module__
            self.twins[function] = _machine_code(clone) if self.compile_it else clone
        return self.twins[function]


def _global_names(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


def _machine_code(function: Callable[..., Any]) -> Callable[..., Any]:
    import numba

    # error_model="numpy": a division by zero gives inf and costs no branch; run plainly, it raises.
    dispatcher: Callable[..., Any] = numba.njit(error_model="numpy")(function)
    return dispatcher


# --- the disk cache ---------------------------------------------------------------------------


def _keep_on_disk(dispatcher: Any, bound: list[Any], constants: Mapping[str, int]) -> None:
    """Gives a dispatcher a disk cache, unless a rule comes from outside any package."""
    packages = sorted({function.__module__.partition(".")[0] for function in bound})
    hashes = [_source_hash(package) for package in packages]
    if any(source is None for source in hashes) or any(function.__closure__ for function in bound):
        return
    import numba

    stamp = _digest(numba.__version__, sys.version, *map(str, hashes))
    folder = _cache_root() / stamp
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return  # nowhere to keep it: compile anew in each process
    # Numba names a cache file by the function's name, which all environments' loops share: what
    # was bound below it tells them apart.
    function = dispatcher.py_func
    below = [f"{each.__module__}.{each.__qualname__}" for each in bound]
    below += [f"{name}={value}" for name, value in sorted(constants.items())]
    function.__qualname__ = f"{function.__name__}_{_digest(*below)}"
    dispatcher._cache = _disk_cache(function, str(folder))


def _disk_cache(function: Callable[..., Any], folder: str) -> Any:
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
        _locator_classes: ClassVar[list[type[object]]] = [Locator]

    class Cache(caching.FunctionCache):
        _impl_class = Implementation

    return Cache(function)


def _cache_root() -> Path:
    """Returns where compiled code is kept: SAFETY_ENVS_CACHE, else the user's cache folder."""
    if named := os.environ.get("SAFETY_ENVS_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "safety_envs"


@cache
def _source_hash(package: str) -> str | None:
    """Returns a hash of all sources of a package, None for a script or a single module."""
    paths = getattr(sys.modules.get(package), "__path__", None)
    if not paths:
        return None
    sources = sorted(path for root in paths for path in Path(root).rglob("*.py"))
    return _digest(*(path.read_text(encoding="utf-8") for path in sources))


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]
