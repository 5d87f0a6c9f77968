"""What learners make of cooperation, beside what others found: python -m benchmarks.cooperation.

Every run leaves one JSON record; running again resumes. The page docs/cooperation/learning.md and
its pictures are made from the records alone.
"""

import argparse
import csv
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.provenance import command, is_done, provenance
from agents.training import train
from benchmarks.studies import STUDIES, Arm, Study
from benchmarks.workers import Progress, run_all
from safety_envs import SafetyEnvsError, find, policy, rollout, write_atomically

FORMAT = "safety_envs cooperation 1"
FIRST_EPISODE = 1_000_000
"""The seed of the first held-out episode, far from those of training."""
BINS = 40  # stretches of training, for the curves


@dataclass(frozen=True)
class Run:
    """One run of one arm of a study.

    Attributes:
        study: the name of the study.
        arm: the number of the arm.
        seed: of the run.
        steps: of training.
        folder: of all results.
        command: what was called to have it done.
    """

    study: str
    arm: int
    seed: int
    steps: int
    folder: Path
    command: str

    @property
    def cost(self) -> int:
        """How long it takes, in steps of training."""
        return 0 if study_of(self).arms[self.arm].policy else self.steps

    @property
    def name(self) -> str:
        """The name of its record, without ending."""
        arm = study_of(self).arms[self.arm].name
        return f"{self.study}__{arm.replace(' ', '_').replace(',', '')}__seed{self.seed}"

    @property
    def path(self) -> Path:
        """Where its record is."""
        return self.folder / "records" / f"{self.name}.json"


def study_of(run: Run) -> Study:
    """Returns the study that a run belongs to."""
    return next(study for study in STUDIES if study.name == run.study)


def do(run: Run, progress: Progress) -> None:
    """Trains what learns, judges on held-out episodes, and writes the record."""
    study = study_of(run)
    arm: Arm = study.arms[run.arm]
    keywords = {**study.keywords, **arm.keywords}
    started = time.perf_counter()
    actor: str | Path
    training: dict[str, Any] = {"settings": {}, "steps": 0, "keywords": keywords, "method": None}
    curve: dict[str, list[float | None]] = {}
    if arm.policy is not None:
        actor = arm.policy
    else:
        actor = run.folder / "checkpoints" / run.name
        trained = train(
            "ppo",
            study.environment,
            keywords=keywords,
            seed=run.seed,
            steps=run.steps,
            folder=actor,
            settings=study.settings,
            progress=lambda steps: progress(min(steps, run.steps)),
            **arm.training,
        )
        training = {key: trained[key] for key in training}
        curve = _curve(sorted(actor.glob("episodes*.csv")), run.steps)
    configuration = find(study.environment).configure(**keywords)
    held_out = range(FIRST_EPISODE, FIRST_EPISODE + study.episodes)
    episodes = rollout(configuration, policy(actor, configuration, run.seed), held_out)
    record = {
        "format": FORMAT,
        "study": run.study,
        "arm": arm.name,
        "seed": run.seed,
        "asked": run.steps,
        "training": training,
        "episodes": {name: _json_numbers(values) for name, values in episodes.items()},
        "curve": curve,
        "seconds": round(time.perf_counter() - started, 1),
        "versions": provenance(),
        "command": run.command,
    }
    write_atomically(run.path, json.dumps(record, indent=1) + "\n")
    progress(run.cost)


def _json_numbers(values: Iterable[float]) -> list[float | None]:
    """Returns floats for JSON, which has no NaN."""
    return [float(value) if value == value else None for value in values]


def _curve(tables: Sequence[Path], steps: int) -> dict[str, list[float | None]]:
    """Returns means of every metric over equal stretches of training, metric -> [BINS]."""
    rows: list[dict[str, float]] = []
    for table in tables:
        with table.open(encoding="utf-8") as file:
            rows += [{key: float(v) for key, v in row.items()} for row in csv.DictReader(file)]
    share = steps / len(tables)  # of independent learners each counts its own steps
    stretch = np.array([min(int(row["timestep"] * BINS / share), BINS - 1) for row in rows])
    curve = {}
    for name in rows[0] if rows else ():
        values = np.array([row[name] for row in rows])
        means = []
        for k in range(BINS):
            there = values[(stretch == k) & ~np.isnan(values)]
            means.append(float(there.mean()) if there.size else np.nan)
        curve[name] = _json_numbers(means)
    return curve


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    from benchmarks.cooperation_page import write_page

    parser = argparse.ArgumentParser("python -m benchmarks.cooperation", description=__doc__)
    parser.add_argument("studies", nargs="*", help="names; all by default")
    parser.add_argument("--seeds", type=int, help="runs of each arm; the study's by default")
    parser.add_argument("--steps", type=int, help="of training; the study's by default")
    parser.add_argument("--results", type=Path, default=Path("results/cooperation"))
    parser.add_argument("--out", type=Path, default=Path("docs/cooperation/learning.md"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    known = {study.name for study in STUDIES}
    try:
        for name in options.studies:
            if name not in known:
                raise SafetyEnvsError(f"unknown study {name!r}. Known: {', '.join(sorted(known))}.")
        for name in ("seeds", "workers"):
            if getattr(options, name) is not None and getattr(options, name) < 1:
                raise SafetyEnvsError(f"--{name} must be at least 1")
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    chosen = [study for study in STUDIES if study.name in (options.studies or known)]
    runs = [
        Run(study.name, arm, seed, options.steps or study.steps, options.results, command())
        for study in chosen
        for arm in range(len(study.arms))
        for seed in range(options.seeds or study.seeds)
    ]
    try:
        todo = [run for run in runs if not is_done(run.path, {"asked": run.steps})]
    except SafetyEnvsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(todo)} of {len(runs)} runs to do, in {options.results}", flush=True)
    if todo:
        run_all(todo, options.workers, do)
    write_page(chosen, [read(run.path) for run in runs], options.out)
    print(f"wrote {options.out}")
    return 0


def read(path: Path) -> dict[str, Any]:
    """Returns a record."""
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return record


if __name__ == "__main__":
    sys.exit(main())
