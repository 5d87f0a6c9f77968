"""Compares agents on what they were paid against what was wanted: python -m benchmarks.compare.

Every run leaves one JSON record; running again resumes. The tables and the plot are made from the
records alone.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from agents.command_line import command_line
from agents.lock import locked
from benchmarks.comparison import print_tables, read_results, write_report
from benchmarks.harness.processors import usable_processors
from benchmarks.jobs import FORMAT, check, check_folder, do, jobs_of, open_folder
from benchmarks.records import still_to_do, sweep
from benchmarks.suites import SUITES
from benchmarks.workers import run_all
from safety_envs import SafetyEnvsError


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--suite", choices=sorted(SUITES), default="full")
    parser.add_argument("--quick", action="store_true", help="the same as --suite quick")
    parser.add_argument("--seeds", type=int, help="runs of each agent on each task")
    parser.add_argument("--steps", type=int, help="steps of training")
    parser.add_argument("--episodes", type=int, help="held-out episodes per run")
    parser.add_argument("--out", type=Path, help="results folder")
    parser.add_argument("--workers", type=int, default=usable_processors())
    parser.add_argument("--force", action="store_true", help="do all runs again")
    options = parser.parse_args(arguments)
    suite = SUITES["quick" if options.quick else options.suite]
    changes = {
        name: getattr(options, name)
        for name in ("seeds", "steps", "episodes")
        if getattr(options, name) is not None
    }
    folder = options.out or Path("results") / suite.name
    for name, value in {**changes, "workers": options.workers}.items():
        if value < 1:
            raise SafetyEnvsError(f"--{name} must be at least 1, got {value}")
    suite = replace(suite, **changes)
    check_folder(suite, folder)  # before the lock, which leaves a file
    with locked(folder):
        open_folder(suite, folder)
        sweep(folder / "records")
        jobs = jobs_of(suite, folder)
        todo = jobs if options.force else still_to_do(jobs, FORMAT, check)
        if todo:
            print(f"{len(todo)} of {len(jobs)} runs to do, in {folder}", flush=True)
            run_all(todo, options.workers, do)
        else:
            print(f"all {len(jobs)} runs are in {folder}: nothing to do")
        results = read_results(job.path for job in jobs)
        print_tables(results)
        print(f"report: {write_report(results, folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
