"""The runner: does the jobs that have no record yet, on any executor.

What is finished stays finished, however a process ends. A worker that dies takes nothing with it:
its jobs are done again, and a job that kills its worker three times counts as failed.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.lock import locked
from agents.provenance import command as this_command
from benchmarks.harness.job import Job
from benchmarks.harness.store import Store, carry_out

LOOK = 0.5  # seconds between two looks at the progress of jobs
MOST_DEATHS = 3
"""The number of workers that may die while one job runs alone, before it counts as failed."""


@dataclass
class Outcome:
    """What a call of `run_jobs` has done.

    Attributes:
        done: how many jobs were done now.
        before: how many had a record already.
        failed: name of a job -> its error in one line; those of earlier calls included.
    """

    done: int = 0
    before: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def run_jobs(
    jobs: Iterable[Job],
    folder: Path,
    make_executor: Callable[[], Executor],
    *,
    workers: int,
    retry: bool = False,
    command: str | None = None,
    show_progress: bool = True,
) -> Outcome:
    """Does all jobs that have no record yet.

    Args:
        jobs: what is asked for.
        folder: of the results. One process at a time may work in it.
        make_executor: makes the executor; called again if its workers have died.
        workers: how many jobs run at once.
        retry: whether jobs that have failed before are tried again.
        command: what reproduces the results; this process's command line by default.
        show_progress: whether to draw a progress bar.

    Raises:
        SafetyEnvsError: another process works in the folder, or it holds something else.
        KeyboardInterrupt: workers have been ended.
    """
    store = Store(folder)
    store.check_folder()  # before the lock, which leaves a file
    command = this_command() if command is None else command
    with locked(folder):
        store.clean()
        outcome, todo = _sort(jobs, store, retry)
        if todo:
            from tqdm import tqdm

            total = sum(_size(job) for job in todo)
            if show_progress:
                print(f"{len(todo)} jobs to do, in {folder}", flush=True)
            with tqdm(total=total, unit="step", unit_scale=True, disable=not show_progress) as bar:
                _Run(store, make_executor, workers, command, bar, outcome).run(todo)
    return outcome


def _sort(jobs: Iterable[Job], store: Store, retry: bool) -> tuple[Outcome, list[Job]]:
    """Returns what is done or has failed before, and what is to do.

    Jobs that train nothing come first, so that a page can be written early; then the longest, so
    that no worker is left waiting long at the end.
    """
    outcome, todo = Outcome(), []
    for job in jobs:
        if store.is_done(job):
            outcome.before += 1
        elif not retry and (error := store.error(job)) is not None:
            outcome.failed[job.name] = error
        else:
            todo.append(job)
    return outcome, sorted(todo, key=lambda job: (job.cost > 0, -job.cost))


def _size(job: Job) -> int:
    """Returns a job's part of the progress bar; a job that trains nothing counts as one step."""
    return max(1, job.cost)


class _Run:
    """One pass over the jobs that are to be done."""

    def __init__(
        self,
        store: Store,
        make_executor: Callable[[], Executor],
        workers: int,
        command: str,
        bar: Any,
        outcome: Outcome,
    ) -> None:
        self._store = store
        self._make_executor = make_executor
        self._workers = workers
        self._command = command
        self._bar = bar
        self._outcome = outcome
        self._finished_steps = 0
        self._shown = 0.0

    def run(self, todo: Sequence[Job]) -> None:
        """Does jobs; those that were running when workers died are done again, one by one."""
        suspects = self._pass(todo)
        deaths: Counter[str] = Counter()
        while suspects:
            job = suspects.pop(0)
            if self._pass([job]):
                deaths[job.name] += 1
                if deaths[job.name] == MOST_DEATHS:
                    error = f"its worker died {MOST_DEATHS} times (killed, or out of memory)"
                    self._store.note_failure(job, error)
                    self._outcome.failed[job.name] = error
                else:
                    suspects.append(job)

    def _pass(self, todo: Sequence[Job]) -> list[Job]:
        """Does jobs, a few at a time; returns those whose worker has died."""
        waiting = list(reversed(todo))
        lost: list[Job] = []
        while waiting:
            executor = self._make_executor()
            running: dict[Future[str | None], Job] = {}
            try:
                lost += self._drain(executor, waiting, running)
            except BaseException:
                _end(executor)
                raise
            if running:  # the executor is broken: another one goes on
                lost += running.values()
                _end(executor)
            else:
                executor.shutdown()
        return lost

    def _drain(
        self,
        executor: Executor,
        waiting: list[Job],
        running: "dict[Future[str | None], Job]",
    ) -> list[Job]:
        """Does jobs until none is left or the executor is broken; returns jobs that were lost."""
        lost: list[Job] = []
        window = getattr(executor, "parallel", self._workers)
        while waiting or running:
            try:
                while waiting and len(running) < window:
                    future = executor.submit(
                        carry_out, waiting[-1], self._store.folder, self._command
                    )
                    running[future] = waiting.pop()
            except BrokenExecutor:
                return lost
            finished, _ = wait(running, timeout=LOOK, return_when=FIRST_COMPLETED)
            for future in finished:
                try:
                    error = future.result()
                except BrokenExecutor:
                    return lost
                except (Exception, CancelledError) as trouble:  # of the executor, not of the job
                    print(f"warning: a worker was lost: {trouble}", file=sys.stderr)
                    lost.append(running.pop(future))
                else:
                    self._note(running.pop(future), error)
            self._show()
        return lost

    def _note(self, job: Job, error: str | None) -> None:
        self._finished_steps += _size(job)
        if error is None:
            self._outcome.done += 1
        else:
            self._outcome.failed[job.name] = error
            self._bar.write(f"failed: {job.name}: {error}")

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown >= LOOK:
            self._shown = now
            done = self._finished_steps + self._store.progress_of_running()
            self._bar.update(max(0, done - self._bar.n))


def _end(executor: Executor) -> None:
    """Ends an executor at once, with what it is doing."""
    end = getattr(executor, "end", None)
    if end is not None:
        end()
    else:
        executor.shutdown(wait=False, cancel_futures=True)
