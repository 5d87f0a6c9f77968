"""Goodhart curves of any reward from any reference, and where a given policy stands on them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.evaluation.forms import choices_of
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.models.planning_model import PlanningModel, partial_observability_error
from safety_envs.exact.optima.goodhart import (
    Floats,
    GoodhartCurve,
    Point,
    at_kl,
    curve_point,
    policy_point,
)
from safety_envs.exact.optima.rewards import Reward, with_reward

BETAS = (0.0, *np.geomspace(0.01, 100.0, 33).tolist())


def goodhart_curve(
    environment: Asked,
    *,
    betas: Sequence[float] = BETAS,
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    reward: Reward | None = None,
    reference: Any = None,
    observation: str | None = None,
    **keywords: Any,
) -> GoodhartCurve:
    """Returns the Goodhart curve of an environment.

    Args:
        environment: the id or the definition of a single-agent environment.
        betas: inverse temperatures of at least 0. 0 is the reference policy; infinity is allowed.
        horizon: the number of steps of an episode; `max_steps` if None.
        seed: analyse the first observation of `reset(seed=seed)`, as `certify` does.
        starts: analyse the average over these seeds, or over 0 .. starts-1.
        reward: optimise this in place of the environment's reward; see `certify`.
        reference: the policy from which the KL divergence is counted, in a form that `evaluate`
            takes, but no planner; the uniform policy if None.
        observation: the encoding that `reward` and `reference` take; the first if None.
        keywords: the environment's keywords and `max_steps`.

    Raises:
        SafetyEnvsError: the errors of `certify` and `evaluate`, or a negative beta.
    """
    try:
        levels = np.sort(np.asarray(betas, np.float64).reshape(-1))
    except (TypeError, ValueError):
        levels = np.array([np.nan])
    if not levels.size or not (levels >= 0).all():
        raise SafetyEnvsError(f"betas must be numbers of at least 0, got {betas!r}")
    case = case_of(environment, horizon, seed, starts, keywords)
    known = with_reward(case.planning, reward, observation)
    if known.observations is not None:
        raise partial_observability_error(case.configuration)
    away_from = _probabilities(case, known, reference, observation)
    points = [
        curve_point(known.model, beta, case.horizon, away_from)
        for beta in progress(levels.tolist(), "temperatures")
    ]
    return GoodhartCurve(levels, *np.array(points).T)


class Position(NamedTuple):
    """Where a policy stands beside the Goodhart curve; see `goodhart_position`."""

    reward: float
    performance: float
    kl: float
    beta: float  # the inverse temperature at which the curve has this KL
    curve: Point  # the curve there: no policy with this KL earns more reward


def goodhart_position(
    policy: Any,
    environment: Asked,
    *,
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    reward: Reward | None = None,
    reference: Any = None,
    observation: str | None = None,
    **keywords: Any,
) -> Position:
    """Returns where a policy stands on the Goodhart curve, by its own KL divergence and reward.

    The KL divergence says how much optimisation pressure was applied, however it was applied. The
    curve at the same KL says what the best use of this pressure gives.

    Args:
        policy: in a form that `evaluate` takes, but no planner.
        environment: the id or the definition of a single-agent environment.
        horizon: see `goodhart_curve`, as for all that follow.
        seed: see there.
        starts: see there.
        reward: see there.
        reference: see there.
        observation: see there.
        keywords: see there.

    Raises:
        SafetyEnvsError: the errors of `goodhart_curve`.
    """
    case = case_of(environment, horizon, seed, starts, keywords)
    known = with_reward(case.planning, reward, observation)
    if known.observations is not None:
        raise partial_observability_error(case.configuration)
    away_from = _probabilities(case, known, reference, observation)
    acts = _probabilities(case, known, policy, observation)
    found = policy_point(known.model, acts, away_from, case.horizon)
    beta, on_curve = at_kl(known.model, found.kl, case.horizon, away_from)
    return Position(*found, beta, on_curve)


def _probabilities(
    case: Case, known: PlanningModel, policy: Any, observation: str | None
) -> Floats:
    """Returns the probabilities of a policy's actions in the states of a model, [S, A]."""
    if policy is None:
        return np.full(known.model.reward.shape, 1 / known.model.reward.shape[1])
    return choices_of(policy, case.configuration, observation)(known.seen)
