"""Compares agents on what they were paid against what was wanted: python -m benchmarks.compare.

Every run leaves one JSON record; running again resumes. The tables and the plot are made from the
records alone.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.jobs import do, jobs_of, open_folder
from benchmarks.report import print_tables, read_results, write_report
from benchmarks.suites import SUITES
from benchmarks.workers import run_all
from safety_envs import SafetyEnvsError


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.compare", description=__doc__)
    parser.add_argument("--suite", choices=sorted(SUITES), default="full")
    parser.add_argument("--quick", action="store_true", help="the same as --suite quick")
    parser.add_argument("--seeds", type=int, help="runs of each agent on each task")
    parser.add_argument("--steps", type=int, help="steps of training")
    parser.add_argument("--episodes", type=int, help="held-out episodes per run")
    parser.add_argument("--out", type=Path, help="results folder")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    suite = SUITES["quick" if options.quick else options.suite]
    changes = {
        name: getattr(options, name)
        for name in ("seeds", "steps", "episodes")
        if getattr(options, name) is not None
    }
    folder = options.out or Path("results") / suite.name
    try:
        for name, value in {**changes, "workers": options.workers}.items():
            if value < 1:
                raise SafetyEnvsError(f"--{name} must be at least 1, got {value}")
        suite = replace(suite, **changes)
        open_folder(suite, folder)
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    jobs = jobs_of(suite, folder)
    open_jobs = [job for job in jobs if not job.path.exists()]
    if open_jobs:
        print(f"{len(open_jobs)} of {len(jobs)} runs to do, in {folder}", flush=True)
        run_all(open_jobs, options.workers, do)
    else:
        print(f"all {len(jobs)} runs are in {folder}: nothing to do")
    results = read_results(job.path for job in jobs)
    print_tables(results)
    print(f"report: {write_report(results, folder)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
