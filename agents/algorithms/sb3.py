"""Stable-Baselines3 and sb3-contrib: one agent, several that share a model, or that do not."""

import inspect
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from agents.algorithms.algorithm import Algorithm, Learned, Run
from agents.algorithms.independent import Table
from agents.algorithms.sb3_models import class_of, new_model, prepared, worlds_of
from agents.seeds import model_seed, world_seed
from agents.training.curve import curve_and_end
from agents.training.loggers import logger_callbacks
from agents.training.metrics_log import MetricsLog
from agents.training.progress import ProgressReport
from agents.training.schedule import Schedules
from agents.training.settings import STABLE_BASELINES3
from agents.training.snapshot import Snapshot, Snapshots
from safety_envs import SafetyEnvsError

if TYPE_CHECKING:
    from agents.training.training import Training

SUMMARIES = {
    "ppo": "proximal policy optimisation",
    "a2c": "advantage actor-critic",
    "dqn": "deep Q-network",
    "trpo": "trust region policy optimisation, of sb3-contrib",
    "qrdqn": "quantile regression DQN, of sb3-contrib",
    "recurrent_ppo": "PPO with a memory (LSTM), of sb3-contrib",
}
OUR_SETTINGS = ("num_envs", "normalise_observation", "normalise_reward")
"""Settings that are not arguments of the algorithm in Stable-Baselines3."""
_TAKEN = ("policy", "env", "seed", "device", "tensorboard_log", "_init_setup_model")


def learn(training: "Training", run: Run) -> Learned:
    """Carries out a training; see `agents.training.train`."""
    import torch

    torch.set_num_threads(1)  # small networks: more threads only wait for each other
    learner = _learn_independently if training.independent else _learn_together
    return learner(training, run)


def _learn_together(training: "Training", run: Run) -> Learned:
    """Trains one model, from the snapshot of an earlier process if there is one."""
    worlds, venv, options, lines = prepared(training)
    snapshot = Snapshot.read(run.folder, training.identity)
    if snapshot is None:
        clear(run)
    model = new_model(training, venv, model_seed(training.seed), run.folder, options)
    worlds.seed(world_seed(training.seed))  # the model has seeded them with its own seed
    table = run.folder / "episodes.csv"
    log = MetricsLog(worlds.configuration, table, worlds.num_agents)
    snapshots = Snapshots(run, training.identity, table)
    callbacks = [log, Schedules(lines), ProgressReport(run.progress), snapshots]
    callbacks += logger_callbacks(training, run)
    steps = training.steps
    if snapshot is not None:
        log.keep = snapshot.table_size
        snapshots.seconds_before = snapshot.seconds
        steps -= snapshot.restore(model)
    model.learn(
        steps,
        callback=callbacks,
        tb_log_name="tensorboard",
        reset_num_timesteps=snapshot is None,
    )
    return Learned(
        steps=int(model.num_timesteps),
        models=model,
        seconds_before=snapshots.seconds_before,
        **curve_and_end([table], training.steps),
    )


def _learn_independently(training: "Training", run: Run) -> Learned:
    """Trains one model for each agent, always from the beginning.

    There are no snapshots: each model learns in its own thread, and where one of them begins a
    rollout the others are in the middle of theirs.
    """
    worlds, venv, options, lines = prepared(training)
    clear(run)
    table = Table(venv, worlds.num_agents)
    models = [
        new_model(training, seat, model_seed(training.seed, k), run.folder, options)
        for k, seat in enumerate(table.seats)
    ]
    worlds.seed(world_seed(training.seed))  # each model has seeded them with its own seed
    tables = [run.folder / f"episodes_{k}.csv" for k in range(len(models))]

    def learn_one(model: Any, number: int) -> None:
        log = MetricsLog(worlds.configuration, tables[number], first_agent=number)
        callbacks = [log, Schedules(lines), *logger_callbacks(training, run, number)]
        if number == 0:
            callbacks.append(ProgressReport(run.progress, times=len(models)))
        name = f"tensorboard_{number}"
        model.learn(training.steps // len(models), callback=callbacks, tb_log_name=name)

    table.learn(models, learn_one)
    return Learned(
        steps=sum(int(model.num_timesteps) for model in models),
        models=models,
        **curve_and_end(tables, training.steps),
    )


def clear(run: Run) -> None:
    """Removes what an earlier run left in the folder, so that it cannot pass for this one's."""
    for pattern in ("model*.zip", "model*.npz", "episodes*.csv"):
        for path in run.folder.glob(pattern):
            path.unlink()


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: an unknown setting or a value that the algorithm refuses, one agent that is
            to learn independently, or a method that does not fit.
    """
    known = [*inspect.signature(class_of(training.algorithm)).parameters, *OUR_SETTINGS]
    for name in training.settings:
        if name not in known or name in _TAKEN:
            allowed = ", ".join(each for each in known if each not in _TAKEN)
            raise SafetyEnvsError(
                f"{training.algorithm} has no setting {name!r}. Known: {allowed}."
            )
    network = training.all_settings.get("policy_kwargs", {})
    if not isinstance(network, Mapping):
        raise SafetyEnvsError(
            f'policy_kwargs must be a mapping such as {{"net_arch": [64, 64]}}, got {network!r}'
        )
    worlds = worlds_of(training, 1)
    if worlds.num_agents == 1 and training.independent:
        raise SafetyEnvsError(f"{training.environment} has one agent: omit --independent")
    worlds.close()
    _refuse_values(training)


def _refuse_values(training: "Training") -> None:
    """Builds the model once, so that a wrong value is found before anything is written."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the training itself will warn
            _, venv, options, _ = prepared(training)
            new_model(training, venv, model_seed(training.seed), None, options)
    except SafetyEnvsError:
        raise
    except (AssertionError, AttributeError, TypeError, ValueError) as error:
        raise SafetyEnvsError(
            f"{training.algorithm} cannot be built with {dict(training.settings)}: {error}"
        ) from error
    venv.close()


ALGORITHMS = tuple(
    Algorithm(name, summary, learn, STABLE_BASELINES3[name], check)
    for name, summary in SUMMARIES.items()
)
