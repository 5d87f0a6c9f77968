"""Numba's start, which is most of the time to the first step, made as short as it can be.

When Numba compiles or loads its first function it imports many modules of its own, and registers
what they know. Two things take a third of that time and are of no use:

- It imports SciPy's linear algebra, to learn if BLAS is there. No rule multiplies matrices. So
  Numba is told whether SciPy is installed instead, without importing it. Whoever compiles a product
  of matrices still gets BLAS: each such function asks again.
- Python looks for garbage again and again, among objects that all stay. Meanwhile it does not. Nor
  does it while a loop is compiled, a twelfth of which is that search.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any


def start_numba() -> None:
    """Imports Numba, and what it imports at its first function; only once."""
    if "numba.np.arraymath" in sys.modules:
        return
    with _no_search_for_garbage():
        import numba

        if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]  # Numba sets it by name
            _import_without_scipy()
            _register()


def without_search_for_garbage(loop: Any) -> None:
    """Makes Python not look for garbage while Numba compiles a loop."""
    compile_it = loop.compile

    def compile_quickly(signature: Any) -> Any:
        with _no_search_for_garbage():
            return compile_it(signature)

    loop.compile = compile_quickly


def _import_without_scipy() -> None:
    from numba.np import linalg

    asked = getattr(linalg, "ensure_blas", None)
    if asked is None:  # another Numba: it starts as it likes
        return
    linalg.ensure_blas = _is_installed
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        linalg.ensure_blas = asked


def _register() -> None:
    """Lets Numba register what it knows, as it does before it compiles anything."""
    from numba.core.registry import cpu_target

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def _is_installed() -> None:
    if find_spec("scipy") is None:
        raise ImportError("SciPy is not installed")


@contextmanager
def _no_search_for_garbage() -> Iterator[None]:
    searches = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searches:
            gc.freeze()  # both together: all objects count as old, and none is looked at now
            gc.unfreeze()
            gc.enable()
