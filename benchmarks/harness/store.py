"""The folder of an experiment: its records, what failed, and what is being worked on.

records/NAME.json      one for each finished job
failures/NAME.json     one for each job that has failed, with its error
checkpoints/NAME/      what was learned
progress/NAME          steps done so far, while a job is running
"""

import contextlib
import json
import sys
import time
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from agents.lock import NAME as LOCK
from agents.provenance import provenance
from agents.record import Record, is_done, read_record, sealed, write_record
from benchmarks.harness.checks import check
from benchmarks.harness.job import Job
from benchmarks.harness.record import FORMAT
from safety_envs import SafetyEnvsError
from safety_envs.applications import write_atomically

_versions = cache(provenance)
"""Asked once in a process, because it starts git."""
PAUSE = 1.0
"""Seconds between two reports of progress of one job."""


class Store:
    """The results in a folder.

    Args:
        folder: where they are. Workers on other machines need the same folder under the same path.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check_folder(self) -> None:
        """Checks that the folder holds results, or may.

        Raises:
            SafetyEnvsError: it is a file, or holds something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise SafetyEnvsError(f"{self.folder} is a file: give another --out")
        if not self.folder.exists() or (self.folder / "records").is_dir():
            return
        if others := sorted(path.name for path in self.folder.iterdir() if path.name != LOCK):
            raise SafetyEnvsError(
                f"{self.folder} is not a folder of results, it holds {others[0]}: "
                "give another --out"
            )

    def record(self, job: Job) -> Path:
        """Returns where a job's record is, or will be."""
        return self.folder / "records" / f"{job.name}.json"

    def failure(self, job: Job) -> Path:
        """Returns where a job's failure is noted."""
        return self.folder / "failures" / f"{job.name}.json"

    def is_done(self, job: Job) -> bool:
        """Returns whether a job's record is there. A damaged one is set aside, with a warning."""
        return is_done(
            self.record(job), job.identity, format=FORMAT, check=lambda record: check(record, job)
        )

    def read(self, job: Job) -> Record:
        """Returns a job's record.

        Raises:
            SafetyEnvsError: it is missing or damaged.
        """
        record = read_record(self.record(job), FORMAT)
        check(record, job)
        return record

    def error(self, job: Job) -> str | None:
        """Returns the last line of the error with which a job has failed, None if it has not."""
        try:
            found = json.loads(self.failure(job).read_text(encoding="utf-8"))
            return str(found["error"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            return "its note of failure cannot be read"

    def write(self, job: Job, contents: Mapping[str, Any]) -> None:
        """Writes a job's record."""
        record = sealed(job.identity, {"format": FORMAT, **contents})
        write_record(self.record(job), record)
        self.failure(job).unlink(missing_ok=True)

    def note_failure(self, job: Job, error: str, details: str = "") -> None:
        """Notes that a job has failed."""
        note = {"error": error, "traceback": details, "identity": job.identity, **_versions()}
        write_atomically(self.failure(job), json.dumps(note, indent=1) + "\n")

    def progress_of_running(self) -> int:
        """Returns the steps that running jobs have reported."""
        total = 0
        with contextlib.suppress(OSError):
            for path in (self.folder / "progress").iterdir():
                with contextlib.suppress(OSError, ValueError):
                    total += int(path.read_text(encoding="utf-8"))
        return total

    def clean(self) -> None:
        """Makes the folder ready: removes what killed processes have left. It must be locked."""
        (self.folder / "records").mkdir(parents=True, exist_ok=True)
        leftovers = [*(self.folder / "records").glob(".*.tmp*")]
        leftovers += [*(self.folder / "failures").glob(".*.tmp*")]
        leftovers += [*(self.folder / "progress").glob("*")]
        for path in leftovers:
            try:
                path.unlink()
            except OSError as error:
                print(f"warning: {path} cannot be removed: {error}", file=sys.stderr)


class Progress:
    """Reports a running job's steps in a file, for whoever watches the folder."""

    def __init__(self, store: Store, job: Job) -> None:
        self._path = store.folder / "progress" / job.name
        self._next = time.monotonic() + PAUSE

    def __call__(self, steps: int) -> None:
        """Reports the number of steps done so far; most calls cost nothing."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PAUSE
        with contextlib.suppress(OSError):  # progress is not worth a failure
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(str(steps), encoding="utf-8")

    def end(self) -> None:
        """Removes the report."""
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def carry_out(job: Job, folder: Path, command: str) -> str | None:
    """Does a job in a worker, and writes its record or its failure.

    A job whose record is there already is not done again: a worker may have been lost just after it
    had written one.

    Returns:
        None if the record is written, else the error in one line.
    """
    store = Store(folder)
    progress = Progress(store, job)
    if store.record(job).exists() and store.is_done(job):
        return None
    started = time.perf_counter()
    try:
        contents = job.run(folder, progress)
        store.write(
            job,
            {
                **contents,
                "seconds": round(time.perf_counter() - started, 2),
                "versions": _versions(),
                "command": command,
            },
        )
    except Exception as error:
        expected = isinstance(error, SafetyEnvsError)
        line = str(error) if expected else f"{type(error).__name__}: {error}"
        store.note_failure(job, line, traceback.format_exc())
        return line
    finally:
        progress.end()
    return None
