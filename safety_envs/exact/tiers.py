"""The solver's loops, compiled only when it pays: plain Python until they have run for a while.

To compile a loop takes seconds. A page of fifty steps of a small model needs each loop for some
milliseconds. What a loop computes does not depend on it, up to the last bit of a real number, where
the functions of Python and of machine code may round differently. Usually everything is compiled at
once; who waits for a single small model says so with `patient`.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from safety_envs.core import compile as core
from safety_envs.core.compile import Binding, Rule
from safety_envs.core.definition import Configuration
from safety_envs.core.loops import loops_of

LARGE = 50_000
"""Entries of an array from which a loop is compiled at once: a single call could take minutes."""

_PATIENCE: ContextVar[float] = ContextVar("patience", default=0.0)


@contextmanager
def patient(seconds: float) -> Iterator[None]:
    """Within it, each loop that has not been compiled runs as plain Python for some seconds.

    Args:
        seconds: of processor time. Then the loop is compiled.
    """
    before = _PATIENCE.set(seconds)
    try:
        yield
    finally:
        _PATIENCE.reset(before)


def compiled(function: Rule, binding: Binding | None = None) -> Rule:
    """Returns the machine code of a loop, or what becomes it; see `safety_envs.core.compile`."""
    twin, patience = core.compiled(function, binding), _PATIENCE.get()
    if not patience or is_ready(twin):
        return twin
    return _Tiers(core.bound(function, binding or Binding(), compile_rules=False), twin, patience)


def compiles(configuration: Configuration) -> bool:
    """Returns whether an engine should compile its rules: in `patient`, only if that is done."""
    return not _PATIENCE.get() or has_compiled_rules(configuration)


def has_compiled_rules(configuration: Configuration) -> bool:
    """Returns whether the rules have been compiled, in this process or by another one."""
    return is_ready(loops_of(configuration, True).step)


def is_ready(twin: Any) -> bool:
    """Returns whether a twin has been compiled, in this process or by another one."""
    if not hasattr(twin, "overloads") or twin.overloads:  # Numba is switched off, or it is there
        return True
    index = getattr(getattr(twin._cache, "_cache_file", None), "_index_path", None)
    return index is not None and Path(index).exists()


class _Tiers:
    """A loop that is plain Python at first."""

    def __init__(self, slow: Rule, fast: Rule, patience: float) -> None:
        self._slow, self._fast, self._left = slow, fast, patience

    def __call__(self, *arguments: Any) -> Any:
        """Calls the loop."""
        if self._left < 0 or any(getattr(each, "size", 0) > LARGE for each in arguments):
            self._left = -1
            return self._fast(*arguments)
        begin = time.thread_time()
        found = self._slow(*arguments)
        self._left -= time.thread_time() - begin
        return found
