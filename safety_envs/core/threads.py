"""Threads: the parts of a batch of worlds, several at once.

Compiled loops release the interpreter lock, so several threads can run them on several processors.
Every world has its own dice, and no part writes what another reads. So results do not depend on the
number of threads, nor on which thread takes which part.

To wake a thread takes 30 us, in which one thread steps a thousand worlds. So a thread that has done
a part waits for the next one inside machine code, for a while, where it needs neither Python nor
the interpreter lock to begin. Whoever takes a part first does it: so the caller does the part of a
thread that sleeps, or that a busy processor does not let begin, and it waits only for parts that
are under way.

The threads are shared by all batches of a process.
"""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.atomics import (
    RAISED,
    ROW,
    call,
    load,
    pack,
    pause,
    raise_to,
    store,
    unpacked,
    unpacked_as,
)
from safety_envs.core.compile import Binding, Rule, compiled, rule
from safety_envs.core.direct import direct
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number

Numbers = npt.NDArray[np.int64]

MOST_THREADS = 1024
LEAST_AGENTS = 1024
"""A part has at least this many agents: to share a job out takes 2 us, the time of 100 steps."""

ASKED, TAKEN, DONE, CODE, ARGUMENTS, FROM, TO, RESULT = range(8)
"""The numbers of a thread's row of the board: the last job that it was asked for, that somebody has
begun to do its part of, and in which that is done; the part, and what it returned."""

PATIENCE = 20_000
"""How often a thread looks for a job before it goes to sleep: for some 200 us."""

IMPATIENCE = 20_000
"""How often the caller looks whether the others are done before it takes a nap."""

NAP = 20e-6  # seconds


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


class Job:
    """What is done with a batch, part by part.

    Args:
        loop: a rule of two addresses and a tuple of arguments; it returns a whole number.
        binding: what it is bound to.
        arguments: those of each part, of the same types. Their arrays are held here.
    """

    def __init__(self, loop: Rule, binding: Binding, arguments: Sequence[tuple[Any, ...]]) -> None:
        import numba

        self._held = arguments
        kind = numba.typeof(arguments[0])
        rules: dict[Rule, Rule] = {part: loop, unpacked: unpacked_as(kind), **binding.rules}
        code = _address_of(compiled(run_part, replace(binding, rules=rules)))
        self._memory = np.zeros((len(arguments), _words_of(kind)), np.int64)
        self._arguments = self._memory.ctypes.data + self._memory.strides[0] * np.arange(
            len(arguments)
        )
        for address, each in zip(self._arguments.tolist(), arguments, strict=True):
            compiled(pack)(address, each)
        self._codes = np.full(len(arguments), code)
        self._nowhere = np.zeros((2, len(arguments)), np.int64)

    def run(self, *addresses: Numbers) -> int:
        """Runs all parts, and returns the least that one returns.

        Args:
            addresses: two for each part, [parts] each; zeros if the loop needs none.

        Raises:
            SafetyEnvsError: a part raises an error.
        """
        found = _pool.run(self._codes, self._arguments, *(addresses or self._nowhere))
        if found == RAISED:
            raise SafetyEnvsError("a rule raised an error: run the rules as plain Python to see it")
        return found


def _words_of(kind: Any) -> int:
    """Returns how many words of memory a value of a Numba type takes."""
    from numba.core.registry import cpu_target

    target = cpu_target.target_context
    return -(-int(target.get_abi_sizeof(target.get_value_type(kind))) // 8)


def _address_of(loop: Any) -> int:
    """Returns the address of the machine code of a function of three whole numbers."""
    from numba.core import types

    signature = (types.int64,) * 3
    loop.compile(signature)
    made = loop.overloads[signature]
    address: int = made.library.get_pointer_to_function(made.fndesc.llvm_func_name)
    return address


@rule
def part(source, to, arguments):
    """Placeholder for the loop of a job."""
    return 0


def run_part(address, source, to):
    """Runs a part, given the address of its arguments, and two more for its loop."""
    return part(source, to, unpacked(address))


class _Pool:
    """Threads that wait for parts to do."""

    def __init__(self) -> None:
        self._board = np.zeros((MOST_THREADS, ROW), np.int64)
        self._members: list[_Member] = []
        self._busy = threading.Lock()

    def run(self, codes: Numbers, arguments: Numbers, source: Numbers, to: Numbers) -> int:
        """Runs all parts, and returns the least that one returns."""
        calls, others = _calls(), len(codes) - 1
        if not others or not self._busy.acquire(blocking=False):
            return int(calls.alone(codes, arguments, source, to))
        try:
            while len(self._members) < others:
                self._members.append(_Member(self._board, 1 + len(self._members)))
            members = self._members[:others]
            if any(member.asleep for member in members):
                calls.ask(self._board, codes, arguments, source, to)
                try:
                    for member in members:
                        member.wake()
                    calls.first(self._board, codes, arguments, source, to)
                finally:
                    self._finish(others)
            elif not calls.share(self._board, codes, arguments, source, to):
                self._finish(others)
            return int(calls.least(self._board, others))
        finally:
            self._busy.release()

    def _finish(self, others: int) -> None:
        """Waits until all parts are done: none may be under way when the next job begins."""
        while not _calls().finish(self._board, others):
            time.sleep(NAP)  # a busy processor keeps a thread waiting: make room for it


class _Member:
    """A thread of the pool."""

    def __init__(self, board: Numbers, row: int) -> None:
        self._board, self._row = board, row
        self.asleep = False
        self._bell = threading.Event()
        name = f"safety_envs-{row}"
        threading.Thread(target=self._work, name=name, daemon=True).start()

    def wake(self) -> None:
        """Wakes the thread if it is asleep; to be called when it has been asked."""
        if self.asleep:
            self.asleep = False
            self._bell.set()

    def _work(self) -> None:
        serve, board, row = _calls().serve, self._board, self._row
        while True:
            serve(board, row)
            self._bell.clear()
            self.asleep = True
            if board[row, TAKEN] == board[row, ASKED]:  # else it was asked before it fell asleep
                self._bell.wait()


class _Calls:
    """Direct calls of what callers and threads do with the board."""

    def __init__(self) -> None:
        board, numbers = np.zeros((1, ROW), np.int64), np.zeros(1, np.int64)
        self.alone: Rule = direct(compiled(alone), (numbers,) * 4)
        self.share: Rule = direct(compiled(share), (board, *(numbers,) * 4))
        self.ask: Rule = direct(compiled(ask), (board, *(numbers,) * 4))
        self.first: Rule = direct(compiled(first), (board, *(numbers,) * 4))
        self.finish: Rule = direct(compiled(finish), (board, 1))
        self.least: Rule = direct(compiled(least), (board, 1))
        self.serve: Rule = direct(compiled(serve), (board, 0))


@cache
def _calls() -> _Calls:
    return _Calls()


def alone(codes: Any, arguments: Any, source: Any, to: Any) -> int:
    """Runs all parts one after the other; returns the least that one returns."""
    found = call(codes[0], arguments[0], source[0], to[0])
    for k in range(1, len(codes)):
        found = min(found, call(codes[k], arguments[k], source[k], to[k]))
    return found


def share(board: Any, codes: Any, arguments: Any, source: Any, to: Any) -> bool:
    """Runs all parts together with threads that are awake; tells whether all parts are done."""
    ask(board, codes, arguments, source, to)
    first(board, codes, arguments, source, to)
    return finish(board, len(codes) - 1)


@rule
def ask(board: Any, codes: Any, arguments: Any, source: Any, to: Any) -> None:
    """Asks threads for all parts but the first, which is the caller's."""
    for row in range(1, len(codes)):
        board[row, CODE], board[row, ARGUMENTS] = codes[row], arguments[row]
        board[row, FROM], board[row, TO] = source[row], to[row]
        store(board, row, ASKED, board[row, ASKED] + 1)


@rule
def first(board: Any, codes: Any, arguments: Any, source: Any, to: Any) -> None:
    """Runs the first part."""
    board[0, RESULT] = call(codes[0], arguments[0], source[0], to[0])


@rule
def finish(board: Any, number: Any) -> bool:
    """Does the parts of so many threads that nobody has begun; tells whether all parts are done.

    It waits for those that are under way, unless that takes long.
    """
    for row in range(1, number + 1):
        if raise_to(board, row, TAKEN, board[row, ASKED]):
            do(board, row, board[row, ASKED])
    patience = IMPATIENCE
    for row in range(1, number + 1):
        while load(board, row, DONE) < board[row, ASKED]:
            if patience == 0:
                return False
            pause(board, row)
            patience -= 1
    return True


def least(board: Any, number: Any) -> int:
    """Returns the least of what the caller and so many threads have returned."""
    found = board[0, RESULT]
    for row in range(1, number + 1):
        found = min(found, board[row, RESULT])
    return int(found)


def serve(board: Any, row: Any) -> None:
    """Does what a thread is asked for, until nothing has been for a while."""
    patience = PATIENCE
    while patience > 0:
        job = load(board, row, ASKED)
        if load(board, row, TAKEN) < job and raise_to(board, row, TAKEN, job):
            do(board, row, job)
            patience = PATIENCE
        pause(board, row)
        patience -= 1


@rule
def do(board, row, job):
    """Does a part that this thread has taken."""
    code, arguments = board[row, CODE], board[row, ARGUMENTS]
    board[row, RESULT] = call(code, arguments, board[row, FROM], board[row, TO])
    store(board, row, DONE, job)


_pool = _Pool()


def _forget_threads() -> None:
    """Starts over after a fork, which copies no threads."""
    global _pool
    _pool = _Pool()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
