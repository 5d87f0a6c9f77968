"""Jobs that train nothing, for tests of the runner in this and in other processes."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class StubJob:
    """Notes in a file that it has run, waits, and returns its number.

    Attributes:
        number: its own.
        seconds: how long it takes.
        fails: whether it raises an error; "once" only the first time.
        dies: whether it kills its own process.
    """

    number: int
    seconds: float = 0.0
    fails: str = ""
    dies: bool = False
    cost: int = 0

    @property
    def name(self):
        return f"stub-{self.number:05d}"

    @property
    def identity(self):
        return {"kind": "stub", "number": self.number}

    def run(self, folder, progress):
        runs = folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        with (runs / self.name).open("a", encoding="utf-8") as file:
            file.write("x")
        if self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fails == "always" or (self.fails == "once" and times_run(folder, self) == 1):
            raise ValueError(f"job {self.number} fails")
        end = time.monotonic() + self.seconds
        while time.monotonic() < end:
            time.sleep(0.01)
            progress(1)
        return {"kind": "stub", "value": self.number**2}


def times_run(folder, job):
    path = folder / "runs" / job.name
    return len(path.read_text(encoding="utf-8")) if path.exists() else 0


def main():
    """Runs COUNT stub jobs of SECONDS each in FOLDER: stub_jobs.py FOLDER COUNT SECONDS."""
    from functools import partial

    from benchmarks.harness.executors import executor
    from benchmarks.harness.runner import run_jobs

    folder, count, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    jobs = [StubJob(number, seconds) for number in range(count)]
    run_jobs(jobs, folder, partial(executor, "processes", 2), workers=2, command="stub",
             show_progress=False)  # fmt: skip


if __name__ == "__main__":
    main()
