"""PPO, A2C and DQN of Stable-Baselines3: one agent, several that share a model, or that do not."""

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.algorithm import Algorithm, Learned, Run
from agents.algorithms.independent import Table
from agents.methods import method_named
from agents.seeds import model_seed, world_seed
from agents.training.curve import curve_and_end
from agents.training.loggers import logger_callbacks
from agents.training.metrics_log import MetricsLog
from agents.training.progress import ProgressReport
from agents.training.schedule import KNOWN_TO_SB3, Line, Schedules, is_schedule, linear
from agents.training.settings import STABLE_BASELINES3
from agents.training.snapshot import Snapshot, Snapshots
from safety_envs import SafetyEnvsError, sb3_vec_env

if TYPE_CHECKING:
    from agents.training.training import Training

SUMMARIES = {
    "ppo": "proximal policy optimisation",
    "a2c": "advantage actor-critic",
    "dqn": "deep Q-network",
}
OUR_SETTINGS = ("num_envs", "normalise_observation", "normalise_reward")
"""Settings besides the arguments of the algorithm in Stable-Baselines3."""
_TAKEN = ("policy", "env", "seed", "device", "tensorboard_log", "_init_setup_model")


def learn(training: "Training", run: Run) -> Learned:
    """Carries out a training; see `agents.training.train`."""
    import torch

    torch.set_num_threads(1)  # small networks: more threads only wait for each other
    learner = _learn_independently if training.independent else _learn_together
    return learner(training, run)


def _learn_together(training: "Training", run: Run) -> Learned:
    """Trains one model, from the snapshot of an earlier process if there is one."""
    worlds, venv, options, lines = _prepared(training)
    snapshot = Snapshot.read(run.folder, training.identity)
    if snapshot is None:
        _clear(run)
    model = _model(training, venv, model_seed(training.seed), run, options)
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
    worlds, venv, options, lines = _prepared(training)
    _clear(run)
    table = Table(venv, worlds.num_agents)
    models = [
        _model(training, seat, model_seed(training.seed, k), run, options)
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


def _prepared(training: "Training") -> tuple[Any, Any, dict[str, Any], dict[str, Line]]:
    """Returns the worlds, what the learner sees of them, the model's options, and schedules."""
    settings = training.all_settings
    if training.method is not None:
        method = method_named(training.method)
        settings |= method.options(**method.all_settings(training.method_settings))
    options, lines = model_options(settings)
    worlds = _worlds(training, options.pop("num_envs"))
    venv = _with_method(training, worlds)
    scaled = {name: options.pop(f"normalise_{name}", False) for name in ("observation", "reward")}
    if any(scaled.values()):
        venv = _normalised(venv, scaled, settings["gamma"])
    return worlds, venv, options, lines


def _worlds(training: "Training", num_envs: int) -> Any:
    """Returns the worlds to learn in, a `safety_envs.sb3_vec_env`."""
    return sb3_vec_env(
        training.environment,
        num_envs,
        observation=training.observation,
        seed=world_seed(training.seed),
        agent_id=training.agent_id,
        **training.keywords,
    )


def _with_method(training: "Training", worlds: Any) -> Any:
    if training.method is None:
        return worlds
    return method_named(training.method).applied(worlds, training.method_settings)


def _clear(run: Run) -> None:
    """Removes what an earlier run left in the folder, so that it cannot pass for this one's."""
    for pattern in ("model*.zip", "model*.npz", "episodes*.csv"):
        for path in run.folder.glob(pattern):
            path.unlink()


def _model(training: "Training", env: Any, seed: int, run: Run, options: Mapping[str, Any]) -> Any:
    return _class_of(training.algorithm)(
        "MlpPolicy", env, seed=seed, device="cpu", tensorboard_log=str(run.folder), **options
    )


def _class_of(algorithm: str) -> Any:
    import stable_baselines3

    return getattr(stable_baselines3, algorithm.upper())


def model_options(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Line]]:
    """Returns the arguments that settings stand for, and the schedules that SB3 does not know."""
    import torch

    options, lines = dict(settings), {}
    for name in filter(lambda name: is_schedule(settings[name]), settings):
        options[name] = linear(settings[name])
        if name not in KNOWN_TO_SB3:
            lines[name], options[name] = options[name], settings[name]["from"]
    network = dict(options.get("policy_kwargs", {}))
    if "activation_fn" in network:
        network["activation_fn"] = getattr(torch.nn, network["activation_fn"])
    options["policy_kwargs"] = network
    return options, lines


def _normalised(venv: Any, scaled: Mapping[str, bool], gamma: float) -> Any:
    """Brings observations, rewards or both to one size; what is logged and judged stays.

    Rewards are divided by the spread of discounted returns. The statistics of the observations go
    into the checkpoint.
    """
    from stable_baselines3.common.vec_env import VecNormalize

    observation, reward = scaled["observation"], scaled["reward"]
    return VecNormalize(
        venv, norm_obs=observation, norm_reward=reward, clip_reward=np.inf, gamma=gamma
    )  # fmt: skip


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: an unknown setting, one agent that is to learn independently, or a method
            that does not fit.
    """
    known = [*inspect.signature(_class_of(training.algorithm)).parameters, *OUR_SETTINGS]
    for name in training.settings:
        if name not in known or name in _TAKEN:
            allowed = ", ".join(each for each in known if each not in _TAKEN)
            raise SafetyEnvsError(
                f"{training.algorithm} has no setting {name!r}. Known: {allowed}."
            )
    worlds = _worlds(training, 1)
    if worlds.num_agents == 1 and training.independent:
        raise SafetyEnvsError(f"{training.environment} has one agent: omit --independent")
    _with_method(training, worlds)
    worlds.close()


ALGORITHMS = tuple(
    Algorithm(name, summary, learn, STABLE_BASELINES3[name], check)
    for name, summary in SUMMARIES.items()
)
