"""What an experiment will take: jobs, processor hours and disk, from measured rates."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.record import Record
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import RunJob, jobs_of
from benchmarks.harness.store import Store

USUAL_RATES = {"ppo": 15e3, "a2c": 15e3, "dqn": 8e3, "td_learning": 1e6, "overoptimisation": 1e6}
"""Steps of training per second on one core of a 2024 server, where nothing was measured yet."""
OTHER_RATE = 10_000.0
OTHER_JOB = 3.0  # seconds of a job that trains nothing
CHECKPOINT, RECORD = 500_000, 15_000  # bytes


@dataclass(frozen=True)
class Forecast:
    """What one group of jobs will take.

    Attributes:
        task, label: which jobs.
        done, to_do: how many.
        hours: of one processor, for those that are to be done.
        measured: whether the rate comes from runs in this folder.
    """

    task: str
    label: str
    done: int
    to_do: int
    hours: float
    measured: bool


def forecast(experiment: Experiment, store: Store) -> list[Forecast]:
    """Returns a forecast for the certificates and for each condition."""
    rates = _rates(_finished(experiment, store))
    groups: dict[tuple[str, str], list[RunJob]] = {}
    scales = []
    for job in jobs_of(experiment):
        if isinstance(job, RunJob):
            groups.setdefault((job.condition.task, job.condition.label), []).append(job)
        else:
            scales.append(store.is_done(job))
    waiting = scales.count(False)
    rows = [
        Forecast("", "certificates", scales.count(True), waiting, waiting * OTHER_JOB / 3600, False)
    ]
    for (task, label), jobs in groups.items():
        to_do = [job for job in jobs if not store.is_done(job)]
        rate, measured = _rate(jobs[0], rates)
        seconds = sum(job.cost / rate + OTHER_JOB for job in to_do)
        rows.append(
            Forecast(task, label, len(jobs) - len(to_do), len(to_do), seconds / 3600, measured)
        )
    return rows


def disk(experiment: Experiment) -> int:
    """Returns about how many bytes the results take."""
    jobs = list(jobs_of(experiment))
    learned = sum(job.cost > 0 for job in jobs)
    return RECORD * len(jobs) + CHECKPOINT * learned


def _finished(experiment: Experiment, store: Store) -> Iterable[Record]:
    for job in jobs_of(experiment):
        if job.cost and store.is_done(job):
            yield store.read(job)


def _rates(records: Iterable[Record]) -> Mapping[tuple[str, str], float]:
    """Returns measured steps per second, (environment, agent) -> rate."""
    steps: dict[tuple[str, str], float] = {}
    seconds: dict[tuple[str, str], float] = {}
    for record in records:
        key = record["environment"], record["agent"]
        steps[key] = steps.get(key, 0) + record["training"]["steps"]
        seconds[key] = seconds.get(key, 0) + record["training"]["seconds"]
    return {key: steps[key] / max(seconds[key], 1e-3) for key in steps}


def _rate(job: RunJob, rates: Mapping[tuple[str, str], float]) -> tuple[float, bool]:
    key = job.condition.environment, job.condition.agent
    if key in rates:
        return rates[key], True
    alike = [rate for (_, agent), rate in rates.items() if agent == job.condition.agent]
    if alike:
        return sum(alike) / len(alike), False
    return USUAL_RATES.get(job.condition.agent, OTHER_RATE), False
