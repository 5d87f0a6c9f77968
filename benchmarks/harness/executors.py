"""Where jobs run: processes of this machine, threads, a Ray cluster, a Dask cluster.

Each factory returns a `concurrent.futures.Executor`, which is all that the runner needs. Clusters
need the checkout and the folder of results under the same path on every node.
"""

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

from safety_envs import SafetyEnvsError

PATIENCE = 5.0  # seconds that a worker has to end after it was told to
LOOK = 0.5  # seconds between two looks of a worker at its parent
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

Factory = Callable[[int, str | None], Executor]
"""Number of workers and address (None: start one here) -> executor."""


def executor(name: str, workers: int) -> Executor:
    """Returns an executor.

    Args:
        name: "processes", "threads", "ray", "dask", or "ray:ADDRESS", "dask:ADDRESS".
        workers: how many jobs run at once, where the cluster does not decide it.

    Raises:
        SafetyEnvsError: an unknown name, or a package that is not installed.
    """
    kind, _, address = name.partition(":")
    if kind not in EXECUTORS:
        raise SafetyEnvsError(f"unknown executor {kind!r}. Known: {', '.join(EXECUTORS)}.")
    if address and kind in ("processes", "threads"):
        raise SafetyEnvsError(f"the executor {kind!r} has no address, got {address!r}")
    return EXECUTORS[kind](workers, address or None)


def processes(workers: int, address: str | None = None) -> Executor:
    """Returns a pool of processes with one thread each for numerics; they end with their parent."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")  # torch does not survive a fork
    return _Processes(workers, context, initializer=_start_worker, initargs=(os.getpid(),))


class _Processes(ProcessPoolExecutor):
    """A pool whose workers never hear of Ctrl-C: their parent tells them."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        with _unheard_by_children():
            return super().submit(fn, *args, **kwargs)

    def end(self) -> None:
        """Ends all workers at once."""
        children = list((getattr(self, "_processes", None) or {}).values())
        manager = getattr(self, "_executor_manager_thread", None)
        self.shutdown(wait=False, cancel_futures=True)
        for child in children:
            child.terminate()
        deadline = time.monotonic() + PATIENCE
        for child in children:
            child.join(max(0.0, deadline - time.monotonic()))
            if child.is_alive():
                child.kill()
        if manager is not None:  # else it may be closing its pipes while the interpreter exits
            manager.join(PATIENCE)


def threads(workers: int, address: str | None = None) -> Executor:
    """Returns a pool of threads. Learning needs processes: its libraries share one random state.

    Raises:
        SafetyEnvsError: more than one worker.
    """
    if workers > 1:
        raise SafetyEnvsError(
            "threads share the random state of PyTorch and NumPy, so runs would depend on each "
            f"other: give --workers 1, got {workers}, or use processes"
        )
    return ThreadPoolExecutor(workers)


def ray(workers: int, address: str | None = None) -> Executor:
    """Returns an executor on a Ray cluster, or on one that is started here."""
    from benchmarks.harness.ray_executor import RayExecutor

    return RayExecutor(workers, address)


def dask(workers: int, address: str | None = None) -> Executor:
    """Returns an executor on a Dask cluster, or on one that is started here.

    Raises:
        SafetyEnvsError: dask.distributed is not installed, or no cluster answers.
    """
    try:
        import distributed
    except ImportError as error:
        raise SafetyEnvsError("install the extra: pip install 'safety-envs[dask]'") from error
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    connect: Any = distributed.Client  # typed or not, as it is installed or not
    try:
        cluster = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": None}
        client = connect(address) if address else connect(**cluster)
    except OSError as error:
        raise SafetyEnvsError(f"no Dask scheduler answers at {address!r}: {error}") from error
    # Jobs are not pure: the same job may be asked for again after a failure.
    found: Executor = client.get_executor(pure=False, retries=3)
    return found


EXECUTORS: dict[str, Factory] = {
    "processes": processes,
    "threads": threads,
    "ray": ray,
    "dask": dask,
}


@contextlib.contextmanager
def _unheard_by_children() -> Iterator[None]:
    """Holds Ctrl-C back for a moment; processes that start in it never receive one.

    A terminal interrupts all processes of its group, even one that is still importing.
    """
    main = threading.current_thread() is threading.main_thread()
    if not hasattr(signal, "pthread_sigmask") or not main:
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(parent: int) -> None:
    """Prepares a worker process: it ignores Ctrl-C, and ends when its parent has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it died while this process was being started
        os._exit(1)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Ends this process when its parent is gone, where the system does not do so."""
    while os.getppid() == parent:
        time.sleep(LOOK)
    os._exit(1)
