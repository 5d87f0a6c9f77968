"""How often something is done in a second, of the wall clock and of processor time."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ROUNDS = 20

Work = Callable[[], int]
"""Does something, and returns how often it has done it."""


class Rates(NamedTuple):
    """The best of all rounds. On a busy machine only processor time is our own."""

    wall: float  # things done in a second
    processor: float  # things done in a second of processor time, of all threads of this process


def best_of(work: Work, rounds: int = ROUNDS) -> Rates:
    """Returns the best rates of work that says how many things it has done."""
    found = [_timed(work) for _ in range(rounds)]
    return Rates(max(rates.wall for rates in found), max(rates.processor for rates in found))


class Rounds(NamedTuple):
    """The rates of every round of one work."""

    wall: npt.NDArray[np.float64]  # [rounds] things done in a second
    processor: npt.NDArray[np.float64]  # [rounds] things done in a second of processor time


def in_turn(works: Mapping[str, Work], rounds: int = ROUNDS) -> dict[str, Rounds]:
    """Times several works in turn, so that all of them meet the same disturbances.

    Args:
        works: name -> work.
        rounds: how often each is timed, after one time that does not count.
    """
    for work in works.values():
        work()  # compile, and warm up
    found = [{name: _timed(work) for name, work in works.items()} for _ in range(rounds)]
    return {
        name: Rounds(
            np.array([each[name].wall for each in found]),
            np.array([each[name].processor for each in found]),
        )
        for name in works
    }


def _timed(work: Work) -> Rates:
    started, spent = time.perf_counter(), time.process_time()
    done = work()
    spent, started = time.process_time() - spent, time.perf_counter() - started
    return Rates(done / started, done / spent)
