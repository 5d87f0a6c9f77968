"""Checks of an experiment before its first job: its rows can be run, its claims be decided."""

from pathlib import Path

from agents.algorithms import algorithm_named, algorithms
from benchmarks.harness.claim import Score
from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment import Experiment
from safety_envs import SafetyEnvsError, named_policies
from safety_envs.applications import did_you_mean

SCALED = ("normalised_reward", "normalised_performance", "performance_gap")
"""Scores that are computed from the reward or the performance and a certificate."""
PREFIXES = ("shifted_", "training_", "defined_")


def check_experiment(experiment: Experiment) -> None:
    """Checks that every row can be run, and that every claim is about scores of rows.

    Raises:
        SafetyEnvsError: one cannot, or is not; the message names it and suggests what was meant.
    """
    for condition in experiment.conditions:
        try:
            _check_condition(condition)
        except SafetyEnvsError as error:
            where = f"task {condition.task}, row {condition.label!r}"
            raise SafetyEnvsError(f"{where}: {error}") from error
    rows = {(each.task, each.label): each for each in experiment.conditions}
    for claim in experiment.claims:
        for score in claim.scores:
            try:
                _check_score(score, rows)
            except SafetyEnvsError as error:
                raise SafetyEnvsError(f"claim {claim.statement!r}: {error}") from error


def _check_condition(condition: Condition) -> None:
    configuration = condition.configuration
    _ = condition.shifted  # raises an error if the keywords are wrong
    if condition.learns:
        if "steps" not in condition.training:
            raise SafetyEnvsError("give training = {steps = ...}")
        condition.training_of(0).check()
        return
    policies = named_policies()
    if condition.agent in policies:
        if not policies[condition.agent].suits(configuration):
            suitable = [name for name, each in policies.items() if each.suits(configuration)]
            raise SafetyEnvsError(
                f"{condition.agent!r} does not play {configuration.id}: choose from "
                f"{', '.join(suitable)}"
            )
    elif not Path(condition.agent).is_dir():
        known = [*algorithms(), *policies]
        raise SafetyEnvsError(
            f"{condition.agent!r} is not an algorithm, a policy or the folder of a checkpoint. "
            f"{did_you_mean(condition.agent, known)}"
        )
    if condition.method is not None or condition.training:
        raise SafetyEnvsError(f"{condition.agent!r} does not learn: give no method or training")


def _check_score(score: Score, rows: dict[tuple[str, str], Condition]) -> None:
    if (score.task, score.label) not in rows:
        names = [f"{task} {label}" for task, label in rows]
        asked = f"{score.task} {score.label}"
        raise SafetyEnvsError(f"there is no row {asked!r}. {did_you_mean(asked, names)}")
    condition = rows[score.task, score.label]
    metrics = condition.configuration.environment.metrics
    name = score.metric
    for prefix in PREFIXES:
        if name.startswith(prefix) and name not in metrics:
            if prefix == "shifted_" and not condition.shift:
                raise SafetyEnvsError(f"{score.metric!r} needs a row with a shift")
            if prefix == "training_" and not condition.learns:
                raise SafetyEnvsError(f"{score.metric!r} needs a row that learns")
            name = name.removeprefix(prefix)
    known = [*metrics, "reward", "length", *SCALED]
    if condition.learns:
        known += algorithm_named(condition.agent).scores(condition.configuration)
    for asked in (name, *(score.where or ())[:1]):
        if asked not in known:
            raise SafetyEnvsError(
                f"{score.task} has no metric {asked!r}. {did_you_mean(str(asked), known)}"
            )
