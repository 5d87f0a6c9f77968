"""Runs jobs on several processes, with one progress bar for all of them."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from typing import Any, Protocol, TypeVar

Progress = Callable[[int], None]


class Work(Protocol):
    """Something to be done that says about how long it takes, in steps of training."""

    @property
    def cost(self) -> int:
        """About how many steps of training it takes."""


AnyWork = TypeVar("AnyWork", bound=Work)

_done_so_far: Any = None


def local_executor(workers: int, counters: Any) -> Executor:
    """Returns a pool of processes, each with one thread for its numerics."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")  # torch does not survive a fork
    return ProcessPoolExecutor(workers, context, initializer=_adopt, initargs=(counters,))


def run_all(
    jobs: Sequence[AnyWork],
    workers: int,
    do: Callable[[AnyWork, Progress], None],
    make_executor: Callable[[int, Any], Executor] = local_executor,
) -> None:
    """Does all jobs; what is finished stays finished when one of them fails.

    Args:
        jobs: what to do; the longest are begun first, so that no process is left waiting long.
        workers: how many at a time.
        do: does one of them, calling back with the steps done so far; a function of a module, so
            that other processes find it.
        make_executor: the number of workers and the shared counters -> where the jobs run; any
            `concurrent.futures.Executor` will do.
    """
    from tqdm import tqdm

    jobs = sorted(jobs, key=lambda job: -job.cost)
    counters = multiprocessing.get_context("spawn").Array("q", len(jobs))
    total = sum(job.cost for job in jobs)
    with (
        make_executor(workers, counters) as executor,
        tqdm(total=total, unit="step", unit_scale=True, desc=f"{len(jobs)} runs") as bar,
    ):
        futures: list[Future[None]] = [
            executor.submit(_do, do, job, slot) for slot, job in enumerate(jobs)
        ]
        try:
            _watch(futures, counters, bar)
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def _watch(futures: list[Future[None]], counters: Any, bar: Any) -> None:
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, timeout=0.5)
        bar.update(sum(counters) - bar.n)
        for future in finished:
            future.result()


def _adopt(counters: Any) -> None:
    global _done_so_far
    _done_so_far = counters


def _do(do: Callable[[Any, Progress], None], job: Any, slot: int) -> None:
    def progress(steps: int) -> None:
        _done_so_far[slot] = steps

    do(job, progress)
