"""The exact worst case of a policy whose observations an adversary may replace."""

from collections.abc import Callable, Mapping
from typing import Any, Literal

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.envs import Asked
from safety_envs.evaluation.acting import acting_of
from safety_envs.evaluation.forms import form_of
from safety_envs.exact.analysis import Starts, case_of
from safety_envs.exact.policies.alternatives import check_acts_on_sight, given_views, near_views
from safety_envs.exact.policies.choices import Worlds
from safety_envs.exact.policies.perturbations import Perturbations
from safety_envs.exact.policies.perturbed import WorstCase, attacked, reached

MOST_STATES = 200_000
"""States up to which a worst case is computed, if nothing else is said."""


def worst_case(
    policy: Any,
    environment: Asked,
    *,
    budget: int,
    perturbations: int | Mapping[str, Any] | Perturbations | Callable[[Worlds], Any] = 2,
    payment: Literal["reward", "performance"] = "performance",
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    trust: bool = False,
    **keywords: Any,
) -> WorstCase:
    """Returns the least that a policy earns if an adversary replaces some of its observations.

    The adversary knows the whole world and the time, and replaces at most `budget` observations of
    an episode. The policy does not know of it. See `safety_envs.exact.policies.perturbed` for the
    model and its sources.

    Args:
        policy: in a form that `evaluate` takes. A planner reads the world. It is taken if it acts
            alike, at each time, in all reached worlds with equal observations. Then it is a policy
            of observations and the time, and when it is shown those of another world it does what
            it would do there.
        environment: an id, a definition or a configuration.
        budget: how many observations of an episode may be replaced.
        perturbations: what may be shown instead, see `Perturbations`, or a mapping of its
            attributes. A number: the observations of other reachable worlds, in which episodes go
            on, that differ in at most that many entries of the default observation. With 2 entries
            of planes, one thing on a board is seen elsewhere. Or a function of worlds [N] that
            returns worlds whose observations are shown, structured [N, K], or observations
            [N, K, ...] as the policy takes them. Where a world has fewer alternatives, repeat its
            own.
        payment: what the adversary minimises; with several agents the rewards of all together.
        seed: see `evaluate`.
        starts: see `evaluate`.
        horizon: see `evaluate`.
        observation: see `evaluate`.
        most_states: how many states any policy may reach.
        trust: see `evaluate`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: more states, or a plan with more choices than can be kept.
        SafetyEnvsError: the errors of `evaluate`; a planner that acts on what is not observed; a
            negative budget; an unknown payment; or perturbations of another shape.
    """
    whole_number(budget, "budget", 0, 1000)
    if payment not in ("reward", "performance"):
        raise SafetyEnvsError(f"payment must be 'reward' or 'performance', got {payment!r}")
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    allowed = Perturbations.of(perturbations)
    form = form_of(policy, case.configuration, observation, trust)
    acting = acting_of(case, form)
    found = reached(case)
    worlds = found.states.worlds
    if acting.depends_on_time:
        check_acts_on_sight(case.configuration, worlds, acting, observation)
    if allowed.function is not None:
        given = allowed.function(worlds)
        views = given_views(worlds, form, acting, given, case.horizon)
    else:
        views = near_views(case.configuration, worlds, acting, allowed)
    return attacked(case, found, views, budget, payment)
