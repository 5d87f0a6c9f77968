"""What every exact analysis starts with: a checked configuration and the model to plan in."""

from collections.abc import Mapping, Sequence
from typing import Any

from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.envs import Asked, configuration_of
from safety_envs.exact.enumeration import TooManyStatesError
from safety_envs.exact.information import Information, Probabilities, Worlds
from safety_envs.exact.model import starts_of
from safety_envs.exact.planning_model import PlanningModel, planning_model

Starts = int | Sequence[int] | None


def prepare_analysis(
    environment: Asked,
    horizon: int | None,
    seed: int | None,
    starts: Starts,
    keywords: Mapping[str, Any],
) -> tuple[Configuration, PlanningModel]:
    """Returns the configuration of an analysis and the model for planning.

    See `certify` for the arguments and errors.
    """
    configuration = configured(environment, horizon, keywords)
    information = Information(configuration)
    worlds, probabilities = known_starts(information, seed, starts)
    try:
        return configuration, planning_model(information, worlds, probabilities)
    except TooManyStatesError as error:
        if seed is None and len(worlds) > 1:
            raise SafetyEnvsError(f"{error}, or certify one start: seed=0") from error
        raise


def known_starts(
    information: Information, seed: int | None, starts: Starts
) -> tuple[Worlds, Probabilities]:
    """Returns the worlds in which an episode may start as far as agents know, with probabilities.

    See `certify` for the arguments and errors.
    """
    configuration = information.configuration
    hidden, by_hand = configuration.environment.hidden, configuration.environment.action_values
    if not hidden or by_hand:
        return checked_starts(configuration, seed, starts)
    if seed is None and starts is None:
        return information.all_starts()
    return information.sets_of(*checked_starts(configuration, seed, starts))


def checked_starts(
    configuration: Configuration, seed: int | None, starts: Starts
) -> tuple[Worlds, Probabilities]:
    """Returns the worlds in which episodes start, and their probabilities; see `certify`."""
    if not isinstance(starts, Sequence):
        if starts is not None:
            whole_number(starts, "starts", 1, 1_000_000)
    elif not starts:
        raise SafetyEnvsError("starts is empty: give at least one seed")
    if seed is not None:
        checked_seed(seed)
    return starts_of(configuration, seed, starts)


def configured(
    environment: Asked, horizon: int | None, keywords: Mapping[str, Any]
) -> Configuration:
    """Returns the configuration with `max_steps` set to the horizon, if one is given."""
    if horizon is not None:
        if "max_steps" in keywords:
            raise SafetyEnvsError("give horizon= or max_steps=, not both")
        keywords = {**keywords, "max_steps": whole_number(horizon, "horizon", 1, 100_000)}
    return configuration_of(environment, **keywords)


def describe_start(configuration: Configuration, seed: int | None, starts: Starts) -> str:
    """Returns a description of the starts that an analysis covers; see `Certificate.start`."""
    like = "like " if configuration.environment.hidden else ""
    if seed is not None:
        return f"{like}seed {seed}"
    if starts is None:
        return "all starts"
    return f"{like}{starts if isinstance(starts, int) else len(starts)} seeds"
