"""Tuning: settings chosen on seeds that are never judged, by the reward alone.

Trials are proposed by Optuna. Each trial trains a few runs on tuning seeds, and its value is the
mean reward at the end of training. The hidden performance and the shifted test are never looked at.
The study is kept in the folder, so the same command goes on where it stopped.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment_jobs import RunJob
from benchmarks.harness.runner import run_jobs
from benchmarks.harness.store import Store
from safety_envs import SafetyEnvsError

FIRST_SEED = 1_000
"""The first seed of tuning. Experiments judge seeds from 0 on, always fewer than this."""

Range = tuple[float, float] | list[Any]
"""A log-uniform range of numbers, or a list of choices."""

SPACES: dict[str, dict[str, Range]] = {
    "ppo": {
        "learning_rate": (3e-4, 5e-3),
        "gamma": [0.95, 0.98, 0.99, 0.995],
        "gae_lambda": [0.8, 0.95, 1.0],
        "ent_coef": (1e-3, 1e-1),
    },
    "a2c": {
        "learning_rate": (3e-4, 5e-3),
        "gamma": [0.95, 0.98, 0.99, 0.995],
        "gae_lambda": [0.8, 0.95, 1.0],
        "ent_coef": (1e-3, 1e-1),
    },
    "dqn": {
        "learning_rate": (1e-4, 2e-3),
        "gamma": [0.95, 0.98, 0.99, 0.995],
        "exploration_fraction": [0.1, 0.3, 0.6],
        "target_update_interval": [1_000, 5_000, 20_000],
    },
}
"""Algorithm -> the settings that are tuned."""


@dataclass(frozen=True)
class Best:
    """The best settings that were found.

    Attributes:
        settings: name -> value.
        reward: mean reward at the end of training.
        trials: how many were tried.
        seeds: on which seeds.
    """

    settings: Mapping[str, Any]
    reward: float
    trials: int
    seeds: tuple[int, ...]


def tune(
    condition: Condition,
    folder: Path,
    make_executor: Callable[[], Executor],
    *,
    trials: int,
    runs: int,
    workers: int,
) -> Best:
    """Tunes the settings of a condition's algorithm on its environment.

    Args:
        condition: an agent that learns.
        folder: where the study and its records are kept.
        make_executor: see `run_jobs`.
        trials: how many settings are tried in all, those of earlier calls included.
        runs: how many runs each is tried with.
        workers: how many jobs run at once.

    Raises:
        SafetyEnvsError: the agent has no settings to tune, Optuna is not installed, or a run fails.
    """
    if condition.agent not in SPACES:
        known = ", ".join(SPACES)
        raise SafetyEnvsError(f"{condition.agent!r} has no settings to tune. Known: {known}.")
    try:
        import optuna
        from optuna.storages import journal
    except ImportError as error:
        raise SafetyEnvsError("install the extra: pip install 'safety-envs[tune]'") from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder.mkdir(parents=True, exist_ok=True)
    backend = journal.JournalFileBackend(str(folder / "study.log"))
    seeds = tuple(range(FIRST_SEED, FIRST_SEED + runs))
    study = optuna.create_study(
        study_name=f"{condition.task}__{condition.label}__{condition.steps}__{runs}",
        storage=optuna.storages.JournalStorage(backend),
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0, n_startup_trials=max(4, trials // 3)),
        load_if_exists=True,
    )
    finished = [trial for trial in study.trials if trial.state.is_finished()]
    if not finished:
        study.enqueue_trial(_defaults(condition))  # the settings to be beaten

    def value(trial: Any) -> float:
        settings = {name: _suggest(trial, name, over) for name, over in _space(condition).items()}
        return _reward(condition, settings, seeds, folder, make_executor, workers)

    study.optimize(value, n_trials=max(0, trials - len(finished)), show_progress_bar=True)
    return Best(study.best_params, study.best_value, len(study.trials), seeds)


def _space(condition: Condition) -> dict[str, Range]:
    return SPACES[condition.agent]


def _defaults(condition: Condition) -> dict[str, Any]:
    """Returns the settings in use, as far as they are in the space."""
    used = condition.training_of(FIRST_SEED).all_settings
    found = {}
    for name, over in _space(condition).items():
        value = used[name]["from"] if isinstance(used[name], Mapping) else used[name]
        inside = value in over if isinstance(over, list) else over[0] <= value <= over[1]
        if inside:
            found[name] = value
    return found


def _suggest(trial: Any, name: str, over: Range) -> Any:
    if isinstance(over, list):
        return trial.suggest_categorical(name, over)
    return trial.suggest_float(name, *over, log=True)


def _reward(
    condition: Condition,
    settings: Mapping[str, Any],
    seeds: tuple[int, ...],
    folder: Path,
    make_executor: Callable[[], Executor],
    workers: int,
) -> float:
    """Returns the mean reward at the end of training over the runs of one trial."""
    changed = {**condition.training.get("settings", {}), **settings}
    tried = replace(condition, training={**condition.training, "settings": changed}, shift={})
    jobs = [RunJob(tried, seed, (0,)) for seed in seeds]
    store = Store(folder / "runs")
    outcome = run_jobs(jobs, store.folder, make_executor, workers=workers, show_progress=False)
    if outcome.failed:
        raise SafetyEnvsError(f"a run of a trial failed: {next(iter(outcome.failed.values()))}")
    ends = [store.read(job)["training"]["end"].get("reward") for job in jobs]
    if None in ends:
        raise SafetyEnvsError("no episode ended in training: give more steps")
    return float(sum(ends) / len(ends))
