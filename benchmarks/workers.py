"""Runs jobs on several processes, with one progress bar for all of them.

A worker does not live longer than what it works for: Ctrl-C reaches the parent alone, which ends
its workers at once; and a worker whose parent has died, however it died, ends by itself. So nothing
goes on writing into a folder that somebody else may have opened since.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from typing import Any, Protocol, TypeVar

from safety_envs import SafetyEnvsError

Progress = Callable[[int], None]
PATIENCE = 5.0  # seconds that a worker has to end once it was told to
LOOK = 0.5  # seconds between two looks: of the parent at its jobs, of a worker at its parent
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG


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
    return ProcessPoolExecutor(
        workers, context, initializer=_start_worker, initargs=(counters, os.getpid())
    )


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

    Raises:
        SafetyEnvsError: a worker has died.
        Exception: what a job raised; those that were running then have been let finish.
        KeyboardInterrupt: all workers have been ended at once.
    """
    from tqdm import tqdm

    jobs = sorted(jobs, key=lambda job: -job.cost)
    counters = multiprocessing.get_context("spawn").Array("q", len(jobs))
    total = sum(job.cost for job in jobs)
    others = multiprocessing.active_children()
    executor = make_executor(workers, counters)
    try:
        with tqdm(total=total, unit="step", unit_scale=True, desc=f"{len(jobs)} runs") as bar:
            with _unheard_by_children():
                futures = [executor.submit(_do, do, job, slot) for slot, job in enumerate(jobs)]
            try:
                _watch(futures, counters, bar)
            except Exception:
                executor.shutdown(cancel_futures=True)
                raise
        executor.shutdown()
    except BrokenExecutor as error:
        raise SafetyEnvsError(
            "a worker has died (killed, or out of memory): what has finished is filed, the same "
            "command does the rest; --workers 1 needs least memory"
        ) from error
    except Exception:
        raise
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        _end([child for child in multiprocessing.active_children() if child not in others])
        raise


def _watch(futures: "list[Future[None]]", counters: Any, bar: Any) -> None:
    waiting = set(futures)
    while waiting:
        finished, waiting = wait(waiting, timeout=LOOK)
        bar.update(sum(counters) - bar.n)
        for future in finished:
            future.result()


def _end(children: Sequence[Any]) -> None:
    """Ends processes at once."""
    for child in children:
        child.terminate()
    deadline = time.monotonic() + PATIENCE
    for child in children:
        child.join(max(0.0, deadline - time.monotonic()))
        if child.is_alive():
            child.kill()


@contextlib.contextmanager
def _unheard_by_children() -> Iterator[None]:
    """Holds Ctrl-C back for a moment; processes that are started in it never hear of one.

    A terminal interrupts all processes of its group, also one that is still importing.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(counters: Any, parent: int) -> None:
    """Readies a worker process."""
    global _done_so_far
    _done_so_far = counters
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it died while this process was being started
        os._exit(1)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone, where the system does not see to it."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)


def _do(do: Callable[[Any, Progress], None], job: Any, slot: int) -> None:
    def progress(steps: int) -> None:
        _done_so_far[slot] = steps

    do(job, progress)
