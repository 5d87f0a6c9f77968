"""Temporal-difference learning with a table, compiled, on the exact model of an environment.

It plays the outcomes that `safety_envs.listed_model` lists, with their probabilities, which is the
environment itself at millions of steps a second. The learner knows no more than it observes. What
it has learned is evaluated exactly, so a run's scores have no error of sampling. Methods for
tabular learners change its task, see `agents.methods`.

The starts are those of the listed model, for learning and for the scores: all starts by default.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from agents.algorithms.algorithm import (
    Algorithm,
    Learned,
    Progress,
    Run,
    check_batch,
    ignore,
)
from agents.methods import method_named
from agents.record import numbers
from agents.tabular.evaluation import expectations
from agents.tabular.learner import Result, Settings
from agents.tabular.learner import learn as learn_task
from agents.tabular.product import ProductModel
from agents.tabular.task import Task, task_of
from safety_envs import ListedPolicy, SafetyEnvsError, evaluate, listed_model

if TYPE_CHECKING:
    from agents.training.training import Training

NAME = "td_learning"
END = 10
"""The end of training is its last tenth."""
DEFAULTS: Mapping[str, Any] = asdict(Settings())


def task_for(training: "Training") -> Task:
    """Returns the task of a training, as its method changes it.

    Raises:
        SafetyEnvsError: the model cannot be listed, or the method does not fit.
    """
    settings = settings_of(training)
    model = listed_model(
        training.configuration,
        starts=settings.starts or None,
        observation=training.observation,
        most_states=settings.most_states,
    )
    task = task_of(model, settings.discount, training.seed, training.steps)
    if training.method is None:
        return task
    return method_named(training.method).task(task, training.method_settings)


def policy_of(training: "Training") -> ListedPolicy:
    """Returns what a training learns, to be evaluated and played; nothing is written.

    Raises:
        SafetyEnvsError: the training is impossible, or of another algorithm.
    """
    if training.algorithm != NAME:
        raise SafetyEnvsError(
            f"policy_of takes a training of {NAME}, got {training.algorithm!r}: train it into a "
            "folder, which is then a policy"
        )
    training.check()
    result = _result(training)
    return result.task.model.policy(result.policy)


def _result(training: "Training", progress: Progress = ignore) -> Result:
    settings = settings_of(training)
    return learn_task(task_for(training), settings, training.steps, training.seed, progress)


def learn(training: "Training", run: Run) -> Learned:
    """Learns, and evaluates the policy without exploration exactly."""
    result = _result(training, run.progress)
    run.progress(training.steps)
    return Learned(
        steps=result.steps,
        curve=result.curve,
        end=_end(result),
        scores={name: numbers([value]) for name, value in _scores(result, training).items()},
        details=dict(result.task.details),
    )


def _scores(result: Result, training: "Training") -> dict[str, float]:
    """Returns the exact means of what was learned, also of a policy with a memory."""
    model, settings = result.task.model, settings_of(training)
    if isinstance(model, ProductModel):
        return expectations(model, result.policy)
    found = evaluate(
        model.policy(result.policy),
        training.configuration,
        starts=settings.starts or None,
        most_states=settings.most_states,
    )
    return {name: float(value) for name, value in found.means.items()}


def _end(result: Result) -> dict[str, float | None]:
    """Returns the means over the last tenth of the training."""
    steps = result.curve["steps"]
    last = max(1, len(steps) // END)
    end: dict[str, float | None] = {}
    for name, values in result.curve.items():
        there = [value for value in values[-last:] if value is not None]
        if name != "steps":
            end[name] = sum(there) / len(there) if there else None
    return end


def settings_of(training: "Training") -> Settings:
    """Returns the settings of a training.

    Raises:
        SafetyEnvsError: an unknown or impossible setting.
    """
    check_batch(training, NAME, DEFAULTS, takes=("a method", "an observation"))
    return Settings(**training.all_settings)


def check(training: "Training") -> None:
    """Finds what is wrong with a training, without listing its model.

    Raises:
        SafetyEnvsError: a setting or the method does not fit, or there are several agents.
    """
    settings_of(training)
    if training.configuration.environment.is_multi_agent:
        raise SafetyEnvsError(f"{training.environment} has several agents: {NAME} learns for one")
    if training.method is not None:
        method = method_named(training.method)
        method.check_tabular()
        method.check_serves(training.configuration)
        method.all_settings(training.method_settings)


ALGORITHMS = (
    Algorithm(
        NAME, "Q-learning, Sarsa or expected Sarsa on the exact model", learn, DEFAULTS, check
    ),
)
