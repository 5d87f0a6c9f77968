"""What starts and actions are worth to those who look on: films, pages and people at play.

They wait for the values, so models are bounded here and not by the memory of the machine.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.analysis import Case
from safety_envs.exact.certificate import Certificate, certificate_of
from safety_envs.exact.games.joint_model import joint_model
from safety_envs.exact.games.social import of_all_together
from safety_envs.exact.models.enumeration import enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.optima.q_values import QValues, values_in

MOST_STATES = 50_000
"""The largest number of states of a model that is solved while somebody waits."""

MOST_HIDDEN = 5_000
"""The same where fields are hidden, because beliefs are listed in Python."""

MOST_VALUES = 5_000_000
"""The largest number of values of one kind, states times steps."""

MOST_JOINT_STATES = 2_000
"""The largest number of states of several agents: each state has many joint actions."""

MOST_JOINT_ACTIONS = 64

KINDS = ("reward", "performance")


class Solved(NamedTuple):
    """The values of one start."""

    values: Mapping[str, QValues]
    certificate: Certificate


def check_size(case: Case, most: int = MOST_VALUES) -> None:
    """Checks that the values of a case are few enough.

    Raises:
        SafetyEnvsError: several agents, or too many starts, states, beliefs or values.
    """
    configuration = case.configuration
    if configuration.environment.is_multi_agent:
        raise SafetyEnvsError(
            f"{configuration.id} has several agents, and what an action of one is worth depends on "
            "what the others do"
        )
    number = case.planning.model.num_states * case.horizon
    if number > most:
        raise SafetyEnvsError(
            f"{configuration.id} has {case.planning.model.num_states:,} states and {case.horizon} "
            f"steps, more than {most:,} values: give a smaller level or max_steps="
        )


def small_case(configuration: Configuration, seed: int) -> Case:
    """Returns the case of the start of a seed, which somebody can wait for.

    Raises:
        SafetyEnvsError: the model is too large to wait for, or there are several agents.
    """
    most = MOST_HIDDEN if configuration.environment.hidden else MOST_STATES
    case = Case(configuration, seed=seed, most=most)
    check_size(case)
    return case


@lru_cache(maxsize=8)
def solved(configuration: Configuration, seed: int) -> Solved:
    """Returns the values of all actions from the start of a seed, and its certificate.

    Raises:
        SafetyEnvsError: the model is too large to wait for, or cannot be solved at all.
    """
    case = small_case(configuration, seed)
    values = {kind: values_in(case, case.planning, kind) for kind in KINDS}
    return Solved(values, certificate_of(case, goodhart=False))


@lru_cache(maxsize=64)
def best_if_cheap(configuration: Configuration, seed: int) -> tuple[float, float] | None:
    """Returns R* and P* of the start of a seed; None where they would take long, or are unknown.

    They are expectations: of all agents together, and, with hidden fields, over all starts that
    look like this one.
    """
    try:
        if configuration.environment.is_multi_agent:
            return best_together(configuration, seed)
        case = small_case(configuration, seed)
        certificate = certificate_of(case, goodhart=False)
    except SafetyEnvsError:
        return None
    return certificate.best_reward, certificate.best_performance


def best_together(configuration: Configuration, seed: int) -> tuple[float, float]:
    """Returns the greatest expected reward and performance of all agents together from a start.

    Raises:
        SafetyEnvsError: hidden fields, or too many joint actions or states.
    """
    expander = Expander(configuration)
    if len(expander.actions) > MOST_JOINT_ACTIONS:
        raise SafetyEnvsError(f"{configuration.id} has {len(expander.actions):,} joint actions")
    start = starts_of(configuration, seed, None)
    enumerate_worlds(expander, *start, most=MOST_JOINT_STATES)  # refuses what is too large
    best = of_all_together(joint_model(configuration, *start), np.max)
    return best.reward, best.performance
