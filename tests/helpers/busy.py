"""Jobs that never end, for tests of how they are ended: python -m tests.helpers.busy FOLDER."""

import os
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from agents.command_line import command_line
from benchmarks.harness.executors import processes
from benchmarks.harness.runner import run_jobs


@dataclass(frozen=True)
class Busy:
    """Writes the number of its process and the time into a file, again and again."""

    name: str
    cost: int = 1

    @property
    def identity(self):
        return {"kind": "busy", "name": self.name}

    def run(self, folder, progress):
        while True:
            unfinished = folder / f"{self.name}.unfinished"
            unfinished.write_text(f"{os.getpid()} {time.time()}", encoding="utf-8")
            unfinished.replace(folder / self.name)  # whoever reads it never sees half of it
            progress(0)
            time.sleep(0.02)


@command_line
def main(arguments=None):
    folder = Path((arguments or sys.argv[1:])[0])
    run_jobs([Busy("one"), Busy("two")], folder, partial(processes, 2), workers=2)
    return 0


if __name__ == "__main__":
    sys.exit(main())
