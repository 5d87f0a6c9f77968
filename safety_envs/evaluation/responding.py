"""What each action of one agent is worth against a policy of the others."""

from typing import Any

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.evaluation.acting import acting_of
from safety_envs.evaluation.forms import form_of
from safety_envs.exact.analysis import Case
from safety_envs.exact.games.response_values import ResponseValues
from safety_envs.exact.worth import KINDS

MOST_STATES = 5_000
"""The largest number of states of an agent's decision process that is solved for a person."""


def values_against(
    configuration: Configuration, policy: Any, agent: int, seed: int
) -> ResponseValues:
    """Returns the values of an agent's actions under the reward and under the performance.

    Args:
        configuration: an environment with several agents.
        policy: a joint policy, in any form that `evaluate` takes; the others play their part.
        agent: who responds.
        seed: the start of `reset(seed=seed)`.

    Raises:
        SafetyEnvsError: hidden fields, too many states, or a policy without probabilities.
    """
    if configuration.environment.hidden:
        hidden = ", ".join(configuration.environment.hidden)
        raise SafetyEnvsError(
            f"{configuration.id} hides {hidden}, so what an action is worth depends on what an "
            "agent believes"
        )
    case = Case(configuration, seed=seed, most=MOST_STATES)
    acting = acting_of(case, form_of(policy, configuration, None, False))
    return ResponseValues(configuration, acting, agent, KINDS, case.known[0], case.most)
