"""Threads: the parts of a batch of worlds, several at once.

Compiled loops release the interpreter lock, so several threads can run them on several processors.
Every world has its own dice, and no part writes what another reads. So results do not depend on the
number of threads, nor on which thread takes which part.

The threads are shared by all batches of a process, and wait when there is nothing to do. The caller
works too. It waits only for parts that others have begun, so busy processors never stop it.
"""

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue

from safety_envs.core.keywords import whole_number

Call = Callable[[], object]

MOST_THREADS = 1024
LEAST_AGENTS = 1024
"""A part has at least this many agents: waking a thread takes 30 us, the time of 1,000 steps."""


def checked_threads(num_threads: object) -> int:
    """Returns a number of threads as an `int`. Every API checks it with this function.

    Raises:
        SafetyEnvsError: it is not a whole number of at least 1.
    """
    return whole_number(num_threads, "num_threads", 1, MOST_THREADS)


def parts_of(num_worlds: int, agents: int, num_threads: int) -> tuple[slice, ...]:
    """Returns the parts of a batch, which differ by at most one world; a single one if it is small.

    Args:
        num_worlds: N.
        agents: the agents of each world.
        num_threads: how many parts there are at most.
    """
    number = max(1, min(num_threads, num_worlds, num_worlds * agents // LEAST_AGENTS))
    bounds = [num_worlds * part // number for part in range(number + 1)]
    return tuple(map(slice, bounds, bounds[1:]))


def run_all(calls: Sequence[Call]) -> None:
    """Makes all calls, each in one thread, and returns when the last has returned.

    Raises:
        BaseException: what a call raises, the first in their order; the others have run then.
    """
    if len(calls) == 1:
        calls[0]()
        return
    work = _Work(calls)
    _helpers.ask(work.help, len(calls) - 1)
    work.help()
    work.wait()


class _Work:
    """Calls that threads take one after the other until none is left."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._left = deque(enumerate(calls))
        self._number = len(calls)
        self._made: SimpleQueue[tuple[int, BaseException | None]] = SimpleQueue()

    def help(self) -> None:
        """Makes calls until none is left."""
        while self._left:
            try:
                number, call = self._left.popleft()
            except IndexError:  # another thread was faster
                return
            error = None
            try:
                call()
            except BaseException as raised:  # the caller of `wait` gets it
                error = raised
            self._made.put((number, error))

    def wait(self) -> None:
        """Waits until all calls have been made."""
        made = dict(self._made.get() for _ in range(self._number))
        for number in range(self._number):
            if (error := made[number]) is not None:
                raise error


class _Helpers:
    """Threads that wait for something to help with."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[Call] = SimpleQueue()
        self._lock = threading.Lock()
        self._number = 0

    def ask(self, help: Call, number: int) -> None:
        """Asks a number of threads for help; starts those that do not exist yet."""
        with self._lock:
            while self._number < number:
                self._number += 1
                name = f"safety_envs-{self._number}"
                threading.Thread(target=self._serve, name=name, daemon=True).start()
        for _ in range(number):
            self._asked.put(help)

    def _serve(self) -> None:
        while True:
            self._asked.get()()


_helpers = _Helpers()


def _forget_helpers() -> None:
    """Starts over after a fork, which copies no threads."""
    global _helpers
    _helpers = _Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
