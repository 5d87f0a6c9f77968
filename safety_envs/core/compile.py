"""Compiles rules, which are plain Python functions. Only `borrow` and `prefetch` use Numba too.

A rule remains the Python function that its author wrote, so a debugger can step into it. `compiled`
makes a machine-code twin of it: it rebinds the rules that the function calls, found among its
globals, to their own twins, and compiles the result with Numba. While rebinding, it can also
replace a rule by another: fair dice by loaded dice, a board by planes.

The first use of an environment compiles it, which takes one to two seconds. The code is cached on
disk, see `core.disk_cache`.
"""

import dis
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar
from weakref import WeakValueDictionary

import numpy as np

from safety_envs.core.counting import count_if_needed, makes_arrays
from safety_envs.core.disk_cache import digest, keep_on_disk
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import PlainArray
from safety_envs.core.numba_start import start_numba, without_search_for_garbage

Rule = Callable[..., Any]
Function = TypeVar("Function", bound=Rule)

_MARK = "__safety_rule__"
_CODE = "__safety_code__"
_twins: dict[Any, Rule] = {}
_level_classes: WeakValueDictionary[str, type] = WeakValueDictionary()


def rule(function: Function) -> Function:
    """Marks a function as a rule: plain Python that can also be compiled."""
    setattr(function, _MARK, True)
    return function


def rule_with_code(make: Callable[[], Any]) -> Callable[[Function], Function]:
    """Marks a function as a rule whose twin is what `make()` returns, such as an intrinsic."""

    def mark(function: Function) -> Function:
        setattr(function, _CODE, make)
        return rule(function)

    return mark


@dataclass(frozen=True)
class Binding:
    """What a loop over rules is bound to before it runs.

    Attributes:
        rules: rule -> the rule that replaces it wherever it is called.
        dtypes: the structured dtypes of the arrays that the loop receives.
        constants: values of globals that are known at compile time, so short loops are unrolled.
    """

    rules: Mapping[Rule, Rule] = field(default_factory=dict)
    dtypes: tuple[np.dtype[np.void], ...] = ()
    constants: Mapping[str, int] = field(default_factory=dict)

    def key(self) -> tuple[Any, ...]:
        """Returns a hashable key that identifies the binding."""
        dtypes = tuple(repr(dtype.descr) for dtype in self.dtypes)
        return frozenset(self.rules.items()), dtypes, frozenset(self.constants.items())

    def digest(self, function: Rule) -> str:
        """Returns a short name for the bound function. It is the same in every process."""
        rules = [_full_name(each) for pair in self.rules.items() for each in pair]
        dtypes = [repr(dtype.descr) for dtype in self.dtypes]
        constants = [f"{name}={value}" for name, value in sorted(self.constants.items())]
        return digest(_full_name(function), *rules, *dtypes, *constants)


def plain(function: Rule, binding: Binding | None = None) -> Rule:
    """Returns the function with the rules it calls replaced, still plain Python."""
    return _twin(function, binding or Binding(), compile_it=False)


def compiled(function: Rule, binding: Binding | None = None) -> Rule:
    """Returns the function's machine-code twin, with the rules it calls replaced.

    It releases the interpreter lock while it runs, so that other threads run too.

    Args:
        function: a rule or a loop over rules. It may call only marked rules and functions that
            Numba supports.
        binding: what it is bound to.

    If NUMBA_DISABLE_JIT=1 switches Numba off, the twin is plain Python too, so a debugger can step
    into everything that runs.
    """
    start_numba()
    import numba

    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # Numba sets it by name
        return _with_views(plain(function, binding))
    return _twin(function, binding or Binding(), compile_it=True)


def bound(function: Rule, binding: Binding, compile_rules: bool = True) -> Rule:
    """Returns a loop bound to rules, compiled or plain. Both accept structured arrays."""
    return compiled(function, binding) if compile_rules else _with_views(plain(function, binding))


def _with_views(function: Rule) -> Rule:
    """Returns a plain function that accepts structured arrays, as compiled code does."""

    def run(*arguments: Any) -> Any:
        with np.errstate(over="ignore"):  # integers overflow silently, as in compiled code
            return function(*(PlainArray(a) if _is_structured(a) else a for a in arguments))

    return run


def _is_structured(argument: Any) -> bool:
    return isinstance(argument, np.ndarray) and argument.dtype.names is not None


def with_unique_class_name(level: Any) -> Any:
    """Returns a level whose class has a unique name, so that Numba dispatches on it quickly.

    Numba's fast dispatch identifies a NamedTuple by the name of its class and its fields. If two
    classes agree in both, it recognises only the first; each call with the second takes a slow path
    of 0.3 ms. So the class name is prefixed with its module, and numbered if that is not enough
    (for example if a notebook cell runs twice). The class's `__qualname__`, which pickle and the
    disk cache use, does not change.
    """
    kind = type(level)
    if hasattr(kind, "_fields") and _level_classes.get(kind.__name__) is not kind:
        name = ascii(_full_name(kind))[1:-1]  # fast dispatch needs ASCII
        while name in _level_classes:
            stem, _, number = name.partition("#")
            name = f"{stem}#{int(number or 1) + 1}"
        _level_classes[name] = kind
        kind.__name__ = name
    return level


def _twin(function: Rule, binding: Binding, *, compile_it: bool) -> Rule:
    key = (function, binding.key(), compile_it)
    if key not in _twins:
        make = _compiled_twin if compile_it else _plain_twin
        _twins[key] = make(function, binding)
    return _twins[key]


def _plain_twin(function: Rule, binding: Binding) -> Rule:
    return _Binder(function, binding, compile_it=False).bind(function)


def _compiled_twin(function: Rule, binding: Binding) -> Rule:
    def made(*, counts: bool) -> tuple[Rule, list[Any]]:
        binder = _Binder(function, binding, compile_it=True, counts=counts)
        twin = binder.bind(function)
        keep_on_disk(twin, binder.bound)
        without_search_for_garbage(twin)
        return twin, [each for each in binder.bound if not hasattr(each, _CODE)]

    def counting() -> Rule:
        return made(counts=True)[0]

    twin, functions = made(counts=False)
    if makes_arrays(functions):
        return counting()
    count_if_needed(twin, counting)
    return twin


class _Binder:
    """Clones a function and all rules that it calls, each with its own calls rebound."""

    def __init__(
        self, root: Rule, binding: Binding, *, compile_it: bool, counts: bool = False
    ) -> None:
        self.root = binding.rules.get(root, root)
        self.binding = binding
        self.compile_it = compile_it
        self.counts = counts  # see `core.counting`
        # The suffix is part of every clone's name, and so of its symbol. Numba numbers structured
        # dtypes again in each process, so without it the linker could confuse cached code that
        # different processes compiled for different dtypes.
        self.suffix = binding.digest(root)
        self.twins: dict[Rule, Rule] = {}
        self.bound: list[Any] = []

    def bind(self, function: Any) -> Rule:
        """Returns the twin of a function; repeated calls return the same twin."""
        function = self.binding.rules.get(function, function)
        if function not in self.twins:
            if function in self.bound:
                raise TypeError(f"rule {function.__qualname__} calls itself: rules cannot recurse")
            self.bound.append(function)
            if self.compile_it and (make := getattr(function, _CODE, None)):
                self.twins[function] = make()
                return self.twins[function]
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
            self.twins[function] = clone
            if self.compile_it:
                inline = function is not self.root
                self.twins[function] = _machine_code(clone, inline=inline, counts=self.counts)
        return self.twins[function]

    def _rebind(self, names: dict[str, Any], path: tuple[str, ...]) -> None:
        """Replaces a rule by its twin.

        Args:
            names: the globals of a clone, or the namespace of a copied module.
            path: where the rule is: a name, or a module's name followed by attributes.
        """
        name, *rest = path
        value = names.get(name)
        if _is_rule(value):
            names[name] = self.bind(value)
        elif self.compile_it and not rest and _is_plain_function(value):
            raise SafetyEnvsError(f"{name} is not marked with @rule, and a rule calls it: mark it")
        elif _holds_rule(value, rest):
            names[name] = copied = _Namespace.of(value)
            self._rebind(vars(copied), tuple(rest))


class _Namespace(types.ModuleType):
    """A copy of a module in which twins replace rules."""

    @classmethod
    def of(cls, module: types.ModuleType) -> "_Namespace":
        """Returns a copy of a module, or the module itself if it is already a copy."""
        if isinstance(module, cls):
            return module
        copied = cls(module.__name__)
        vars(copied).update(vars(module))
        return copied


def _is_rule(value: Any) -> bool:
    return getattr(value, _MARK, False) is True


def _is_plain_function(value: Any) -> bool:
    """Whether a value is a function that Numba cannot call; it has its own versions of NumPy's."""
    if not isinstance(value, types.FunctionType):
        return False
    return value.__module__.partition(".")[0] not in ("math", "numba", "numpy")


def _holds_rule(value: Any, path: Sequence[str]) -> TypeGuard[types.ModuleType]:
    """Whether a module holds a rule at a path, which may lead through further modules."""
    for name in path:
        if not isinstance(value, types.ModuleType):
            return False
        value = vars(value).get(name)
        if _is_rule(value):
            return True
    return False


def _global_paths(code: types.CodeType) -> set[tuple[str, ...]]:
    """Returns the globals that code reads, each with the attributes that it reads from it."""
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


def _machine_code(function: Rule, *, inline: bool, counts: bool) -> Rule:
    import numba

    # With error_model="numpy" a division by zero gives inf and needs no branch. Plain Python
    # raises. Rules are copied to where they are called: a call hands over a level word by word,
    # which takes longer than most rules. So Python never calls one, and no function calls a loop by
    # its address: the entries that Numba would compile for that take a sixth of the time.
    options: dict[str, Any] = {"no_cpython_wrapper": inline, "no_cfunc_wrapper": True}
    options["_nrt"] = counts
    compile_it = numba.njit(error_model="numpy", nogil=True, forceinline=inline, **options)
    dispatcher: Rule = compile_it(function)
    return dispatcher


def _full_name(function: Rule | type) -> str:
    return f"{function.__module__}.{function.__qualname__}"
