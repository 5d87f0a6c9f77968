"""Jobs that never end, for tests of how they are made to: python -m tests.helpers.busy FOLDER."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from agents.command_line import command_line
from agents.lock import locked
from benchmarks.workers import run_all


@dataclass(frozen=True)
class Busy:
    """Writes the number of its process and the time into a file, again and again."""

    path: Path
    cost: int = 1


def do(job, progress):
    while True:
        job.path.write_text(f"{os.getpid()} {time.time()}", encoding="utf-8")
        progress(0)
        time.sleep(0.02)


@command_line
def main(arguments=None):
    folder = Path((arguments or sys.argv[1:])[0])
    with locked(folder):
        run_all([Busy(folder / "one"), Busy(folder / "two")], 2, do)
    return 0


if __name__ == "__main__":
    sys.exit(main())
