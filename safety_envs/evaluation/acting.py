"""How agents act, at each step, by a policy in any form."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.evaluation.evaluating import evaluate_form
from safety_envs.evaluation.forms import Form, form_of
from safety_envs.exact.analysis import Case
from safety_envs.exact.games.social_planner import SocialPlanner
from safety_envs.exact.optima.planner import Planner
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.evaluation import Evaluation
from safety_envs.exact.policies.timed import Acting, HasTimedChoices, at_all_times, check_covered


class Followed(NamedTuple):
    """A policy that all agents follow."""

    case: Case
    acting: Acting
    evaluation: Evaluation


def follow(case: Case, policy: Any, observation: str | None, trust: bool) -> Followed:
    """Returns a policy of several agents, in any form, with its evaluation."""
    form = form_of(policy, case.configuration, observation, trust)
    return Followed(case, acting_of(case, form), evaluate_form(case, form))


def acting_of(case: Case, form: Form) -> Acting:
    """Returns how agents act by a policy in one of the forms of `form_of`.

    Raises:
        SafetyEnvsError: a planner from which fields are hidden, so that it acts on its memory.
    """
    if isinstance(form, HasTimedChoices):
        return Acting(form.joint_probabilities_at)
    if isinstance(form, SocialPlanner):
        return _acting_by_joint_plan(case, form)
    if isinstance(form, Planner):
        return _acting_by_plan(case, form)
    return at_all_times(form)


def _acting_by_plan(case: Case, planner: Planner) -> Acting:
    known, configuration = case.planning, case.configuration
    if known.tracker is not None or known.observations is not None:
        raise SafetyEnvsError(
            f"{configuration.id} hides {', '.join(configuration.environment.hidden)}, so its "
            "planner acts on its memory: play it, and ask about the trajectory"
        )
    plan = planner.plan_everywhere_in(known)  # in a world that it is shown, though it is elsewhere
    one_hot = np.eye(len(configuration.actions))

    def at(worlds: Worlds, step: int) -> Floats:
        numbers = known.model.index.find(worlds)
        check_covered(numbers >= 0, step, len(plan))
        probabilities: Floats = one_hot[plan[step, numbers]]
        return probabilities

    return Acting(at)


def _acting_by_joint_plan(case: Case, planner: SocialPlanner) -> Acting:
    starts, _ = case.known
    model, plan = planner.solved(starts, np.zeros(len(starts), np.int64))

    def at(worlds: Worlds, step: int) -> Floats:
        numbers = model.worlds.states.find(worlds)
        check_covered(numbers >= 0, step, len(plan))
        probabilities = np.zeros((len(worlds), len(model.joint_actions)))
        probabilities[np.arange(len(worlds)), plan[step, numbers]] = 1.0
        return probabilities

    return Acting(at)


def checked_agents(case: Case, agents: int | Sequence[int]) -> tuple[int, ...]:
    """Returns the numbers of some agents in ascending order.

    Raises:
        SafetyEnvsError: the environment has one agent, or no such agents.
    """
    configuration = case.configuration
    if not configuration.environment.is_multi_agent:
        raise SafetyEnvsError(
            f"{configuration.id} has one agent, and nobody to respond to: use safety_envs.certify"
        )
    several = isinstance(agents, Sequence) and not isinstance(agents, str)
    numbers: list[Any] = list(agents) if several else [agents]  # type: ignore[arg-type]
    if not numbers or any(number not in range(configuration.agents) for number in numbers):
        raise SafetyEnvsError(
            f"{configuration.id} has the agents 0 to {configuration.agents - 1}: "
            f"agent must be one of them or several, got {in_short(agents)}"
        )
    return tuple(sorted(set(map(int, numbers))))
