"""Makes the strategies of adversaries, which may be against a policy in any form."""

from functools import lru_cache

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.evaluation.forms import choices_of
from safety_envs.evaluation.perturbed import MOST_STATES, worst_case
from safety_envs.exact.analysis import Case
from safety_envs.exact.policies.choices import Worlds
from safety_envs.exact.policies.perturbed import reached
from safety_envs.policies import named_policies
from safety_envs.stress.adversary import Adversary, Strategy
from safety_envs.stress.strategies import (
    Allowed,
    GreedyAdversary,
    PlannedAdversary,
    RandomAdversary,
    alternatives_of,
)


def make_strategy(adversary: Adversary, configuration: Configuration) -> Strategy:
    """Returns what an adversary does in an environment.

    A strategy against a checkpoint is made anew at each call, since its files may have changed.

    Raises:
        SafetyEnvsError: the policy cannot be attacked, or the worlds cannot be listed.
    """
    try:
        hash(adversary)
    except TypeError:  # the policy is an array or a mapping
        return _made(adversary, configuration)
    against = adversary.against
    on_disk = against is not None and not callable(against) and against not in named_policies()
    return (_made if on_disk else _kept)(adversary, configuration)


def _made(adversary: Adversary, configuration: Configuration) -> Strategy:
    if adversary.kind == "worst":
        return _planned(adversary, configuration)
    allowed = _allowed(adversary, configuration)
    if adversary.kind == "random":
        return RandomAdversary(allowed, configuration.max_steps)
    choices = choices_of(adversary.against, configuration, adversary.observation)
    return GreedyAdversary(allowed, choices, float(adversary.margin))


_kept = lru_cache(maxsize=8)(_made)


def _allowed(adversary: Adversary, configuration: Configuration) -> Allowed:
    def reachable() -> Worlds:
        try:
            return reached(Case(configuration, None, adversary.starts, MOST_STATES)).states.worlds
        except SafetyEnvsError as error:
            raise SafetyEnvsError(
                f"{error}. Or let the adversary show worlds that are met in some episodes: "
                'perturbations={"entries": 2, "episodes": 100}'
            ) from error

    return alternatives_of(configuration, adversary.perturbations, reachable)


def _planned(adversary: Adversary, configuration: Configuration) -> Strategy:
    found = worst_case(
        adversary.against,
        configuration,
        budget=adversary.budget,
        perturbations=adversary.perturbations,
        payment=adversary.payment,
        starts=adversary.starts,
        observation=adversary.observation,
    )
    if found.attack.views.shown.dtype != configuration.world:
        raise SafetyEnvsError(
            "perturbations return observations: for an adversary that plays they must return "
            "worlds, structured [N, K], of which the observations are shown"
        )
    return PlannedAdversary(found.attack)
