"""R* and P* of the start of a seed, where they are cheap: for the captions of films and pages."""

from functools import lru_cache

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.certificate import certificate_of
from safety_envs.exact.games.joint_model import joint_model
from safety_envs.exact.games.social import of_all_together
from safety_envs.exact.models.enumeration import enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.worth import small_case

MOST_JOINT_STATES = 2_000
"""The largest number of states of several agents: each state has many joint actions."""

MOST_JOINT_ACTIONS = 64


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
