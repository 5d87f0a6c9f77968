"""How often something is done in a second, of the wall clock and of processor time."""

import time
from collections.abc import Callable
from typing import NamedTuple

ROUNDS = 20


class Rates(NamedTuple):
    """The best of all rounds. On a busy machine only processor time is our own."""

    wall: float  # things done in a second
    processor: float  # things done in a second of processor time, of all threads of this process


def best_of(work: Callable[[], int], rounds: int = ROUNDS) -> Rates:
    """Returns the best rates of work that says how many things it has done."""
    wall, processor = [], []
    for _ in range(rounds):
        started, spent = time.perf_counter(), time.process_time()
        done = work()
        processor.append(done / (time.process_time() - spent))
        wall.append(done / (time.perf_counter() - started))
    return Rates(max(wall), max(processor))
