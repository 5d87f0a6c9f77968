"""Exact evaluation of any policy that acts on what it sees."""

from typing import Any

from safety_envs.envs import Asked
from safety_envs.evaluation.forms import Form, form_of
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.games.social_planner import SocialPlanner
from safety_envs.exact.optima.planner import Planner
from safety_envs.exact.policies.evaluation import (
    MOST_STATES,
    Evaluation,
    evaluate_acting,
    evaluate_choices,
    evaluate_planner,
    evaluate_social_planner,
)
from safety_envs.exact.policies.timed import Acting, HasTimedChoices


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

    The evaluation also has the exact distribution of every metric; see `Evaluation.distribution`.
    Starts are those of `certify`, so that the two can be put beside each other.

    Args:
        policy: one of
            a name: "random", "reward_optimal", "performance_optimal", "cooperative",
            "equilibrium"; or the folder of a checkpoint;
            a `Planner`, `SocialPlanner` or `TrainedPolicy`; the `policy` of a best response or of
            a solved game; or a Stable-Baselines3 model that has its environment;
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
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    return evaluate_form(case, form_of(policy, case.configuration, observation, trust))


def evaluate_form(case: Case, form: Form) -> Evaluation:
    """Returns the evaluation of a policy in one of the forms of `form_of`."""
    if isinstance(form, Planner):
        return evaluate_planner(case, form)
    if isinstance(form, SocialPlanner):
        return evaluate_social_planner(case, form)
    if isinstance(form, HasTimedChoices):
        return evaluate_acting(case, Acting(form.joint_probabilities_at))
    return evaluate_choices(case, form)
