"""The forms in which a policy may be given, brought to those that exact analysis takes."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.exact.games.social_planner import SocialPlanner
from safety_envs.exact.optima.planner import Planner
from safety_envs.exact.policies.choices import Choices, HasChoices, from_observations
from safety_envs.exact.policies.timed import HasTimedChoices
from safety_envs.policies import policy as policy_of

Form = Choices | Planner | SocialPlanner | HasTimedChoices
"""What exact analysis takes: functions of worlds, and policies that depend on the time."""


def form_of(
    policy: Any, configuration: Configuration, observation: str | None, trust: bool
) -> Form:
    """Returns a policy in a form that can be analysed.

    Args:
        policy: see `safety_envs.evaluate`.
        configuration: the environment in which it acts.
        observation: the encoding that a function or a model takes; the first if None.
        trust: see `safety_envs.policy`; for checkpoints.

    Raises:
        SafetyEnvsError: an unknown policy, or one that does not give its probabilities.
    """
    if isinstance(policy, (str, Path)):
        policy = policy_of(policy, configuration, trust=trust)
        if not isinstance(policy, (Planner, SocialPlanner, HasChoices, HasTimedChoices)):
            raise SafetyEnvsError(
                f"a {type(policy).__name__} does not give its probabilities: give it a method "
                "`joint_probabilities(worlds)`, or play it (safety_envs.rollout)"
            )
    if isinstance(policy, (Planner, SocialPlanner, HasTimedChoices)):
        return policy
    if isinstance(policy, HasChoices):
        choices: Choices = getattr(policy, "choices", policy.joint_probabilities)
        return choices
    if isinstance(policy, Mapping):
        return from_observations(configuration, _by_text(policy), "text")
    if hasattr(policy, "predict") and hasattr(policy, "get_env"):
        from safety_envs.adapters.sb3_trained import choices_of_model

        return choices_of_model(policy, configuration, observation)
    if callable(policy):
        return from_observations(configuration, policy, observation)
    if isinstance(policy, (np.ndarray, list, tuple)):
        return from_observations(configuration, _everywhere(np.asarray(policy, np.float64)))
    raise SafetyEnvsError(
        "a policy is a name, the folder of a checkpoint, a function of observations, an array of "
        f"probabilities or a mapping from texts, got {in_short(policy)}"
    )


def _everywhere(probabilities: Any) -> Callable[[Any], Any]:
    return lambda seen: np.broadcast_to(probabilities, (len(seen), *probabilities.shape))


def _by_text(table: Mapping[Any, Any]) -> Callable[[Any], Any]:
    def look_up(text: Any) -> Any:
        if isinstance(text, tuple):  # one text for each agent
            return [look_up(each) for each in text]
        try:
            return table[text]
        except KeyError:
            raise SafetyEnvsError(
                f"the policy's table has no entry for what is seen here:\n{text}"
            ) from None

    return lambda texts: np.array([look_up(text) for text in texts])


def choices_of(
    policy: Any, configuration: Configuration, observation: str | None = None, trust: bool = False
) -> Choices:
    """Returns the choices of a policy that acts on what it sees, and on nothing else.

    Raises:
        SafetyEnvsError: see `form_of`; or a planner, whose actions depend on the time.
    """
    found = form_of(policy, configuration, observation, trust)
    if isinstance(found, (Planner, SocialPlanner, HasTimedChoices)):
        raise SafetyEnvsError(
            "this analysis takes a policy that is a function of observations, but the actions of "
            "a planner depend on the time: give a function, an array, a mapping or a trained model"
        )
    return found
