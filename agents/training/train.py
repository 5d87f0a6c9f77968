"""Carries out trainings, whatever the algorithm."""

import time
import zipfile
from collections.abc import Iterable
from pathlib import Path

from agents.algorithms import Learned, Run, algorithm_named
from agents.algorithms.algorithm import Progress, ignore
from agents.provenance import command, provenance
from agents.record import DamagedRecordError, Record, is_done, sealed, write_record
from agents.stress import declared
from agents.training.loggers import check_loggers, log_curve
from agents.training.snapshot import NAME as SNAPSHOT
from agents.training.training import Training
from safety_envs import save_checkpoint

RECORD = "run.json"


def train(
    training: Training,
    folder: Path,
    progress: Progress | None = None,
    *,
    snapshot_every: float = 60.0,
    log: Iterable[str] = (),
) -> Record:
    """Carries out a training and leaves a record, a checkpoint and logs in a folder.

    Only a training that has finished leaves a record. One that was killed continues from its last
    snapshot when it is called again, and its result is the same as if nothing had happened. The
    snapshot is a pickle: use no folder that you do not trust. Independent learners, `q_learning`
    and the gradient learners have no snapshots and start from the beginning.

    Args:
        training: what to train.
        folder: where everything goes.
        progress: called at intervals with the number of steps.
        snapshot_every: seconds between two snapshots.
        log: "wandb" or "mlflow", in addition to TensorBoard.

    Returns:
        The record. It holds "curve" and "end", see `agents.training.curve`, and from algorithms
        that carry out many runs in one batch "scores" and "details".

    Raises:
        SafetyEnvsError: the training is impossible; nothing has been written then.
    """
    training.check()
    run = Run(folder, progress or ignore, snapshot_every, check_loggers(log))
    started, versions = time.perf_counter(), provenance()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD).unlink(missing_ok=True)  # without it nothing else counts as finished
    learned = algorithm_named(training.algorithm).learn(training, run)
    seconds = learned.seconds_before + time.perf_counter() - started
    contents = {
        **_asked(training),
        **_found(learned),
        "seconds": round(seconds, 1),
        "versions": versions,
        "command": command(),
    }
    record = sealed(training.identity, contents)
    if learned.models is None:
        log_curve(training, run, learned.curve)
        write_record(folder / RECORD, record)
    else:
        save_checkpoint(learned.models, folder, record)
    (folder / SNAPSHOT).unlink(missing_ok=True)
    return record


def _asked(training: Training) -> Record:
    """Returns what a record says of what was asked for."""
    configuration = training.configuration
    return {
        "algorithm": training.algorithm,
        "environment": training.environment,
        "keywords": dict(configuration.keywords),
        "observation": training.identity["observation"],
        "independent": training.independent,
        "agents": configuration.agents,
        "agent_id": training.agent_id,
        "method": training.method,
        "method_settings": training.identity["method_settings"],
        "seed": training.seed,
        "settings": training.all_settings,
        **declared(training.stress),
    }


def _found(learned: Learned) -> Record:
    """Returns what a record says of what came of it."""
    found = {"steps": learned.steps, "curve": learned.curve, "end": learned.end}
    if learned.scores is None:
        return found
    return found | {"scores": learned.scores, "details": learned.details}


def is_trained(training: Training, folder: Path) -> bool:
    """Tells whether a folder holds the finished run of a training; see `agents.record.is_done`.

    Raises:
        SafetyEnvsError: it holds another run.
    """

    def check(record: Record) -> None:
        if "scores" in record:
            return
        numbers = range(record["agents"]) if record["independent"] else [None]
        names = ["model.zip" if k is None else f"model_{k}.zip" for k in numbers]
        for path in [folder / name for name in names]:
            if not zipfile.is_zipfile(path):
                raise DamagedRecordError(f"{path} is missing or cut short")

    return is_done(folder / RECORD, training.identity, check=check)
