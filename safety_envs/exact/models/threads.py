"""Threads: one pass over all states, in ranges that run at the same time.

Compiled loops release the interpreter lock, and each state is computed by itself, so results are
the same for any number of threads.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.processors import usable_processors

VARIABLE = "SAFETY_ENVS_THREADS"
"""The environment variable that sets the number of threads."""

OF_OTHERS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS")
"""Variables of other libraries that set it as well. Workers of experiments have them at 1."""

MOST = 16
"""The largest number of threads if no variable is set; memory is the limit, not processors."""

FEW = 20_000
"""States up to which one thread is faster than several."""

PARTS = 4
"""Ranges for each thread, so that no thread waits long for another."""


def num_threads() -> int:
    """Returns the number of threads of a sweep: by the variables, else the usable processors.

    Raises:
        SafetyEnvsError: SAFETY_ENVS_THREADS is not a whole number of at least 1.
    """
    if asked := os.environ.get(VARIABLE):
        if not asked.isdigit() or int(asked) < 1:
            raise SafetyEnvsError(f"{VARIABLE} must be a whole number of at least 1, not {asked!r}")
        return int(asked)
    for name in OF_OTHERS:
        asked = os.environ.get(name, "").partition(",")[0]
        if asked.isdigit() and int(asked) > 0:
            return int(asked)
    return min(usable_processors(), MOST)


class Threads:
    """Threads that are started once and used for many passes; for a `with` statement."""

    def __init__(self, number: int | None = None) -> None:
        self._number = num_threads() if number is None else number
        self._pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> "Threads":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def run(self, work: Callable[[int, int], object], count: int) -> None:
        """Calls work(begin, end) for ranges that cover 0 .. count, and waits for all of them."""
        if self._number == 1 or count <= FEW:
            work(0, count)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._number, "sweep")
        bounds = np.linspace(0, count, PARTS * self._number + 1).astype(np.int64).tolist()
        for _ in self._pool.map(work, bounds[:-1], bounds[1:]):
            pass  # raises what a range has raised
