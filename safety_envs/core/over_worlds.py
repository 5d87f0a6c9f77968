"""Loops over worlds, called directly where they can be, and by several threads."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from weakref import ref

import numpy as np
import numpy.typing as npt

from safety_envs.core.atomics import array_at
from safety_envs.core.compile import Binding, Rule, bound, rule
from safety_envs.core.direct import direct
from safety_envs.core.threads import Job, parts_of

Array = npt.NDArray[Any]


class OverWorlds:
    """A loop that reads worlds [N], or other things, and writes into an array [N, ...].

    Args:
        loop: a rule of worlds, the array that it writes, and the rest.
        binding: what it is bound to.
        rest: returns its other arguments, which are of the same types each time; called once for
            each thread at least.
        compile_rules: False runs it as plain Python.
        agents: the agents of a world.
        num_threads: how many threads run it.
    """

    def __init__(
        self,
        loop: Rule,
        binding: Binding,
        rest: Callable[[], tuple[Any, ...]],
        *,
        compile_rules: bool = True,
        agents: int = 1,
        num_threads: int = 1,
    ) -> None:
        self._rule, self._binding, self._rest = loop, binding, rest
        self._loop = bound(loop, binding, compile_rules)
        self._agents, self._num_threads = agents, num_threads
        self._code: Rule | None = None
        self._world: Any = None
        self._out: Any = None
        self._axes = 0
        self._job: Job | None = None
        self._free = threading.Lock()

    def __call__(self, worlds: Array, out: Array) -> None:
        """Calls the loop."""
        if (
            worlds.dtype is self._world  # to compare structured dtypes takes longer than the call
            and out.dtype is self._out
            and out.ndim == self._axes
            and _in_one_piece(worlds, out)
        ):
            if self._num_threads == 1 or not self._run_parts(worlds, out):
                self._code(worlds, out, *self._rest())  # type: ignore[misc]  # known with the dtypes
            return
        self._loop(worlds, out, *self._rest())
        self._learn(worlds, out)

    def _learn(self, worlds: Array, out: Array) -> None:
        """Remembers the machine code for arrays like these, or that others are like these."""
        if self._code is None and _in_one_piece(worlds, out):
            self._code = direct(self._loop, (worlds, out, *self._rest()))
            self._world, self._out, self._axes = worlds.dtype, out.dtype, out.ndim
        elif self._code is not None and worlds.dtype == self._world:
            self._world = worlds.dtype

    def _run_parts(self, worlds: Array, out: Array) -> bool:
        """Lets threads take parts, unless the batch is small or of another size than before."""
        if self._job is None:
            parts = parts_of(len(worlds), self._agents, self._num_threads)
            if len(parts) == 1 or not hasattr(self._loop, "typeof_pyval"):
                return False
            self._job, self._number = self._job_of(parts, worlds, out), len(worlds)
            starts = np.array([part.start for part in parts], np.int64)
            self._places = _Places(starts * worlds.strides[0]), _Places(starts * out.strides[0])
        # The job's other arguments may hold room to write in, so one caller runs it at a time.
        if self._number != len(worlds) or not self._free.acquire(blocking=False):
            return False
        try:
            source, to = self._places
            self._job.run(source.of(worlds), to.of(out))
        finally:
            self._free.release()
        return True

    def _job_of(self, parts: tuple[slice, ...], worlds: Array, out: Array) -> Job:
        """Returns the job for batches like these, whose memory is not kept."""
        arguments = [
            (np.empty_like(worlds[part]), np.empty_like(out[part]), self._rest()) for part in parts
        ]
        rules = {write: self._rule, **self._binding.rules}
        return Job(write_part, replace(self._binding, rules=rules), arguments)


class _Places:
    """Where the parts of arrays begin; to ask the same array again takes much longer.

    Args:
        offsets: [parts] of the parts, in bytes.
    """

    def __init__(self, offsets: npt.NDArray[np.int64]) -> None:
        self._offsets = offsets
        self._array: Callable[[], Array | None] = lambda: None
        self._addresses = offsets

    def of(self, array: Array) -> npt.NDArray[np.int64]:
        """Returns the addresses of an array's parts, int64 [parts]."""
        if self._array() is not array:
            self._array, self._addresses = ref(array), array.ctypes.data + self._offsets
        return self._addresses


@rule
def write(worlds, out, *rest):
    """Placeholder for the loop of an `OverWorlds`."""


@rule
def write_part(source, to, arguments):
    """Writes what worlds at an address hold into an array at another, both like the given ones."""
    worlds, out, rest = arguments
    write(array_at(worlds, source), array_at(out, to), *rest)
    return 0


def _in_one_piece(worlds: Array, out: Array) -> bool:
    return worlds.flags.c_contiguous and out.flags.c_contiguous
