"""What learners make of cooperation, beside what others found: python -m benchmarks.cooperation.

Every run leaves one JSON record; running again resumes. The page docs/cooperation/learning.md and
its pictures are made from the records alone.
"""

import argparse
import csv
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from agents.command_line import command_line
from agents.lock import locked
from agents.provenance import command, provenance
from agents.record import (
    DamagedRecordError,
    Identity,
    Record,
    identity_of,
    numbers,
    sealed,
    write_record,
)
from agents.seeds import judging_seed
from agents.training import Training, train
from agents.training.training import PROCEDURE
from benchmarks.harness.processors import usable_processors
from benchmarks.records import (
    check_claims,
    check_episodes,
    configuration_of,
    of_these_rules,
    read_all,
    still_to_do,
    sweep,
)
from benchmarks.studies import STUDIES, Arm, Study
from benchmarks.workers import Progress, run_all
from safety_envs import SafetyEnvsError, policy, rollout

FORMAT = "safety_envs cooperation 2"
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
        return name_of(self.study, study_of(self).arms[self.arm].name, self.seed)

    @property
    def path(self) -> Path:
        """Where its record is."""
        return self.folder / "records" / f"{self.name}.json"

    @property
    def plan(self) -> Training:
        """How the agents are trained."""
        study = study_of(self)
        arm: Arm = study.arms[self.arm]
        return Training(
            "ppo",
            study.environment,
            {**study.keywords, **arm.keywords},
            self.seed,
            self.steps,
            settings=study.settings,
            **arm.training,
        )

    @cached_property
    def identity(self) -> Identity:
        """All that decides the result."""
        plan, study = self.plan, study_of(self)
        arm: Arm = study.arms[self.arm]
        return identity_of(
            plan.environment,
            plan.keywords,
            self.seed,
            procedure=PROCEDURE,
            study=self.study,
            arm=arm.name,
            episodes=study.episodes,
            first_episode=FIRST_EPISODE,
            policy=arm.policy,
            training={} if arm.policy else plan.identity,
        )


def name_of(study: str, arm: str, seed: int) -> str:
    """Returns the name of a record, without ending."""
    return f"{study}__{arm.replace(' ', '_').replace(',', '')}__seed{seed}"


def study_of(run: Run) -> Study:
    """Returns the study that a run belongs to."""
    return next(study for study in STUDIES if study.name == run.study)


def do(run: Run, progress: Progress) -> None:
    """Trains what learns, judges on held-out episodes, and writes the record."""
    study, plan = study_of(run), run.plan
    arm: Arm = study.arms[run.arm]
    started = time.perf_counter()
    actor: str | Path
    training: dict[str, Any] = {
        "settings": {}, "steps": 0, "keywords": dict(plan.keywords), "method": None
    }  # fmt: skip
    curve: dict[str, list[float | None]] = {}
    if arm.policy is not None:
        actor = arm.policy
    else:
        actor = run.folder / "checkpoints" / run.name
        trained = train(plan, actor, lambda steps: progress(min(steps, run.steps)))
        training = {key: trained[key] for key in training}
        curve = _curve(sorted(actor.glob("episodes*.csv")), run.steps)
    held_out = range(FIRST_EPISODE, FIRST_EPISODE + study.episodes)
    acting = policy(actor, plan.configuration, judging_seed(run.seed))
    episodes = rollout(plan.configuration, acting, held_out)
    contents = {
        "format": FORMAT,
        "study": run.study,
        "arm": arm.name,
        "seed": run.seed,
        "training": training,
        "episodes": {name: numbers(values) for name, values in episodes.items()},
        "curve": curve,
        "seconds": round(time.perf_counter() - started, 1),
        "versions": provenance(),
        "command": run.command,
    }
    write_record(run.path, sealed(run.identity, contents))
    progress(run.cost)


def check(record: Record, path: Path) -> None:
    """Checks that a record is the one that its file's name promises, and holds what it must.

    Raises:
        DamagedRecordError: it is not; the message names the file.
    """
    try:
        name = name_of(record["study"], record["arm"], record["seed"])
        check_claims(record, path, name, ("study", "arm", "seed"))
        if of_these_rules(record):  # what others yield cannot be known here
            count = record["identity"]["episodes"]
            check_episodes(record["episodes"], configuration_of(record), count, path)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedRecordError(f"{path} lacks something: {error!r}") from error


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
        curve[name] = numbers(means)
    return curve


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    from benchmarks.cooperation_page import write_page

    parser = argparse.ArgumentParser("python -m benchmarks.cooperation", description=__doc__)
    parser.add_argument("studies", nargs="*", help="names; all by default")
    parser.add_argument("--seeds", type=int, help="runs of each arm; the study's by default")
    parser.add_argument("--steps", type=int, help="of training; the study's by default")
    parser.add_argument("--results", type=Path, default=Path("results/cooperation"))
    parser.add_argument("--out", type=Path, default=Path("docs/cooperation/learning.md"))
    parser.add_argument("--workers", type=int, default=usable_processors())
    parser.add_argument("--force", action="store_true", help="do all runs again")
    options = parser.parse_args(arguments)
    known = {study.name for study in STUDIES}
    for name in options.studies:
        if name not in known:
            raise SafetyEnvsError(f"unknown study {name!r}. Known: {', '.join(sorted(known))}.")
    for name in ("seeds", "steps", "workers"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            raise SafetyEnvsError(f"--{name} must be at least 1")
    chosen = [study for study in STUDIES if study.name in (options.studies or known)]
    runs = [
        Run(study.name, arm, seed, options.steps or study.steps, options.results, command())
        for study in chosen
        for arm in range(len(study.arms))
        for seed in range(options.seeds or study.seeds)
    ]
    with locked(options.results):
        sweep(options.results / "records")
        todo = runs if options.force else still_to_do(runs, FORMAT, check)
        print(f"{len(todo)} of {len(runs)} runs to do, in {options.results}", flush=True)
        if todo:
            run_all(todo, options.workers, do)
        write_page(chosen, read_all([run.path for run in runs], FORMAT, check), options.out)
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
