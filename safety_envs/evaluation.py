"""Exact evaluation of any policy that acts on what it sees."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Starts, configured, known_starts
from safety_envs.exact.choices import Choices, HasChoices, from_observations
from safety_envs.exact.evaluation import (
    MOST_STATES,
    Case,
    Evaluation,
    evaluate_choices,
    evaluate_planner,
    evaluate_social_planner,
)
from safety_envs.exact.information import Information
from safety_envs.exact.planner import Planner
from safety_envs.exact.social_planner import SocialPlanner
from safety_envs.policies import policy as policy_of


def evaluate(
    policy: Any,
    environment: Asked,
    *,
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    trust: bool = False,
    **keywords: Any,
) -> Evaluation:
    """Returns exact expectations of a policy's episodes, without playing them.

    Starts are those of `certify`, so that the two can be put beside each other.

    Args:
        policy: one of
            a name: "random", "reward_optimal", "performance_optimal", "cooperative",
            "equilibrium"; or the folder of a checkpoint;
            a `Planner`, `SocialPlanner` or `TrainedPolicy`; or a Stable-Baselines3 model that has
            its environment;
            a function that takes the observations of N worlds and returns their actions, whole
            numbers [N] or [N, agents], or the probabilities of each agent's actions, [N, A] or
            [N, agents, A];
            an array, [A] or [agents, A]: the same probabilities everywhere;
            a mapping: what is seen, as text -> an action, or probabilities [A].
        environment: an id, a definition or a configuration.
        seed: the start that `reset(seed=seed)` draws, and all that look like it.
        starts: the average over the starts of these seeds, or of 0 .. starts-1. If neither is
            given, the expectation over all starts.
        horizon: steps of an episode; `max_steps` if None.
        observation: the encoding that a function or a model takes; the environment's first if None.
        most_states: how many states there may be; there may be 20 x `most_states` transitions.
        trust: see `safety_envs.policy`; for checkpoints.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: more states than that; play the policy instead (`rollout`).
        SafetyEnvsError: an unknown environment, keyword or policy; a policy that does not give its
            probabilities; more starts than can be listed, or chance that cannot be listed.
    """
    configuration = configured(environment, horizon, keywords)
    found = _policy(policy, configuration, observation, trust)
    worlds, probabilities = known_starts(Information(configuration), seed, starts)
    case = Case(configuration, seed, starts, worlds, probabilities, most_states)
    if isinstance(found, Planner):
        return evaluate_planner(case, found)
    if isinstance(found, SocialPlanner):
        return evaluate_social_planner(case, found)
    return evaluate_choices(case, found)


def _policy(
    policy: Any, configuration: Configuration, observation: str | None, trust: bool
) -> Choices | Planner | SocialPlanner:
    """Returns a policy in a form that can be evaluated."""
    if isinstance(policy, (str, Path)):
        policy = policy_of(policy, configuration, trust=trust)
        if not isinstance(policy, (Planner, SocialPlanner, HasChoices)):
            raise SafetyEnvsError(
                f"a {type(policy).__name__} does not give its probabilities: give it a method "
                "`joint_probabilities(worlds)`, or play it (safety_envs.rollout)"
            )
    if isinstance(policy, (Planner, SocialPlanner)):
        return policy
    if isinstance(policy, HasChoices):
        return policy.joint_probabilities
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
