"""Numba's start without SciPy, which takes a quarter of the time to the first step.

When Numba compiles or loads its first function it imports SciPy's linear algebra, to learn if BLAS
is there. No rule multiplies matrices. So Numba is told whether SciPy is installed instead, without
importing it. Whoever compiles a product of matrices still gets BLAS: each such function asks again.
"""

import sys
from importlib.util import find_spec


def start_numba() -> None:
    """Imports what Numba imports at its first function; does nothing if that has happened."""
    if "numba.np.arraymath" in sys.modules:
        return
    from numba.np import linalg

    asked = getattr(linalg, "ensure_blas", None)
    if asked is None:  # another Numba: it starts as it likes
        return
    linalg.ensure_blas = _is_installed
    try:
        import numba.np.arraymath  # noqa: F401
    finally:
        linalg.ensure_blas = asked


def _is_installed() -> None:
    if find_spec("scipy") is None:
        raise ImportError("SciPy is not installed")
