"""Runs experiments and writes their pages.

    python -m benchmarks list               the experiments
    python -m benchmarks plan NAME          what one takes: jobs, processor hours, disk
    python -m benchmarks run NAME           does what is not done yet, then writes the page
    python -m benchmarks page NAME          writes the page from the records alone
    python -m benchmarks tune NAME          tunes settings on seeds that are never judged
    python -m benchmarks speed              measures steps per second
    python -m benchmarks speed faces        measures what users step, beside the engine
    python -m benchmarks speed solver       measures the exact solver
    python -m benchmarks speed threads      measures how much faster several threads are
    python -m benchmarks speed stress ID    measures what disturbances cost
    python -m benchmarks speed foundry      measures the foundry of levels
    python -m benchmarks speed startup      measures how long the first step of a process takes
    python -m benchmarks speed learning     measures what makes PPO learn faster
    python -m benchmarks speed guard        compares speed with the committed figures

NAME is an experiment of the list, or the path of a TOML file.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from agents.command_line import command_line
from benchmarks.experiments import EXPERIMENTS, find_experiment
from benchmarks.harness.collect import ARCHIVE, Archive, Folder, collect, write_archive
from benchmarks.harness.executors import EXECUTORS, executor
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import jobs_of
from benchmarks.harness.planning import disk, forecast
from benchmarks.harness.results import Results
from benchmarks.harness.runner import run_jobs
from benchmarks.harness.store import Store
from benchmarks.harness.validity import check_experiment
from safety_envs import SafetyEnvsError
from safety_envs.applications import usable_processors

SPEEDS = ("faces", "foundry", "guard", "learning", "solver", "startup", "stress", "threads")
"""What `speed` measures beside the throughput: modules of `benchmarks.speed`."""

FAILED = 1
"""The exit status when a job has failed."""


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    _add(commands, "list", _list, "list the experiments")
    plan = _add(commands, "plan", _plan, "print jobs, processor hours and disk")
    run = _add(commands, "run", _run, "do what is not done yet, then write the page")
    page = _add(commands, "page", _page, "write the page from records alone")
    tune = _add(commands, "tune", _tune, "tune settings on seeds that are never judged")
    for each in (plan, run, page, tune):
        each.add_argument("experiment", help="a name of the list, or a TOML file")
        each.add_argument("--out", type=Path, help="folder of results; results/NAME by default")
    for each in (plan, run, page):
        for name in ("seeds", "steps", "episodes"):
            each.add_argument(f"--{name}", type=int, help="instead of the experiment's own number")
        for name in ("task", "label"):
            each.add_argument(
                f"--{name}", action="append", default=[], help="only this one; may be repeated"
            )
    for each in (run, tune):
        each.add_argument("--workers", type=int, default=usable_processors())
        each.add_argument(
            "--executor",
            default="processes",
            help=f"{', '.join(EXECUTORS)}; ray and dask take an address, ray:HOST:PORT",
        )
    run.add_argument("--retry", action="store_true", help="try failed jobs again")
    page.add_argument("--records", type=Path, help=f"a {ARCHIVE}, or the folder of a run")
    for each in (run, page):
        for name in ("csv", "latex", "parquet"):
            each.add_argument(f"--{name}", action="store_true", help=f"write {name} tables too")
    tune.add_argument("--task", help="of the experiment; all by default")
    tune.add_argument("--agent", help="all that learn by default")
    tune.add_argument("--trials", type=int, default=20)
    tune.add_argument("--runs", type=int, default=3, help="runs of each trial")
    commands.add_parser(
        "speed",
        help="measure steps, faces, threads, the exact solver or the foundry",
        add_help=False,
    )
    options, rest = parser.parse_known_args(arguments)
    if options.command == "speed":
        return _speed(rest)
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    for name in ("seeds", "steps", "episodes", "workers", "trials", "runs"):
        value = getattr(options, name, None)
        if value is not None and value < 1:
            raise SafetyEnvsError(f"--{name} must be at least 1, got {value}")
    return int(options.call(options))


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    call: Callable[[argparse.Namespace], int],
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(call=call)
    return parser


def _list(options: argparse.Namespace) -> int:
    for name, experiment in EXPERIMENTS.items():
        runs = sum(1 for _ in experiment.runs())
        print(f"{name:20} {runs:5} runs  {experiment.title}")
    return 0


def _plan(options: argparse.Namespace) -> int:
    experiment, store = _asked(options)
    rows = forecast(experiment, store)
    print(f"{'task':44} {'label':24} {'done':>5} {'to do':>6} {'hours':>7}")
    for row in rows:
        sign = "" if row.measured or not row.hours else " (estimated)"
        print(
            f"{row.task[:44]:44} {row.label[:24]:24} {row.done:5} {row.to_do:6} "
            f"{row.hours:7.2f}{sign}"
        )
    hours = sum(row.hours for row in rows)
    print(
        f"{sum(row.to_do for row in rows)} jobs to do: {hours:.1f} processor hours, "
        f"{hours / usable_processors():.1f} hours on {usable_processors()} processors, "
        f"{disk(experiment) / 1e6:.0f} MB of disk"
    )
    return 0


def _run(options: argparse.Namespace) -> int:
    experiment, store = _asked(options)
    outcome = run_jobs(
        jobs_of(experiment),
        store.folder,
        partial(executor, options.executor, options.workers),
        workers=options.workers,
        retry=options.retry,
    )
    print(f"{outcome.done} jobs done, {outcome.before} were done before, in {store.folder}")
    _write(collect(experiment, Folder(store)), store.folder, options)
    for name, error in outcome.failed.items():
        print(f"failed: {name}: {error}", file=sys.stderr)
    if outcome.failed:
        print(f"{len(outcome.failed)} jobs failed; --retry tries them again", file=sys.stderr)
    return FAILED if outcome.failed else 0


def _page(options: argparse.Namespace) -> int:
    experiment, store = _asked(options)
    records = options.records or Path("results") / experiment.name
    source = Archive(records) if records.is_file() else Folder(Store(records))
    results = collect(experiment, source)
    archive = store.folder / ARCHIVE
    if archive != records:
        write_archive(results.records, archive)
        print(f"records: {archive}")
    _write(results, store.folder, options)
    return 0


def _write(results: Results, folder: Path, options: argparse.Namespace) -> None:
    from benchmarks.report import write_page

    path = write_page(
        results, folder, csv=options.csv, latex=options.latex, parquet=options.parquet
    )
    print(f"page: {path}")


def _tune(options: argparse.Namespace) -> int:
    from benchmarks.harness.tuning import tune

    experiment = find_experiment(options.experiment)
    folder = options.out or Path("results") / "tuning" / experiment.name
    chosen = [
        condition
        for condition in experiment.conditions
        if condition.learns
        and options.task in (None, condition.task)
        and options.agent in (None, condition.agent)
    ]
    if not chosen:
        raise SafetyEnvsError(f"experiment {experiment.name!r} has no such agent that learns")
    for condition in chosen:
        best = tune(
            condition,
            folder,
            partial(executor, options.executor, options.workers),
            trials=options.trials,
            runs=options.runs,
            workers=options.workers,
        )
        print(
            f"{condition.task} {condition.label}: reward {best.reward:.3f} with "
            f"{dict(best.settings)} ({best.trials} trials on seeds {best.seeds[0]} to "
            f"{best.seeds[-1]})"
        )
    return 0


def _speed(arguments: list[str]) -> int:
    """Runs a module of `benchmarks.speed`: the one that is named first, else the throughput."""
    named = arguments[:1] and arguments[0] in SPEEDS
    module = import_module(f"benchmarks.speed.{arguments[0] if named else 'throughput'}")
    return int(module.main(arguments[1:] if named else arguments))


def _asked(options: argparse.Namespace) -> tuple[Experiment, Store]:
    """Returns the experiment that was asked for, and the folder of its results."""
    experiment = find_experiment(options.experiment)
    if options.task or options.label:
        experiment = experiment.part(options.task, options.label)
    experiment = experiment.smaller(
        seeds=options.seeds, steps=options.steps, episodes=options.episodes
    )
    check_experiment(experiment)
    return experiment, Store(options.out or Path("results") / experiment.name)


if __name__ == "__main__":
    sys.exit(main())
