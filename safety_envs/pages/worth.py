"""What actions are worth, for a page: exact where the model is small enough, else the reason.

A page must be made within seconds, so models are bounded here and not by the memory of the machine.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.analysis import Case
from safety_envs.exact.best import MOST_HIDDEN, MOST_STATES, MOST_VALUES, best_together
from safety_envs.exact.certificate import Certificate, certificate_of
from safety_envs.exact.optima.q_values import QValues, values_in
from safety_envs.pages.packed import Packed, packed
from safety_envs.trajectories import Trajectory

Floats = npt.NDArray[np.float64]

KINDS = ("reward", "performance")


class Solved(NamedTuple):
    """The values of one start."""

    values: Mapping[str, QValues]
    certificate: Certificate


def check_size(case: Case, most: int = MOST_VALUES) -> None:
    """Checks that the values of a case are few enough for a page.

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
            f"steps. A page holds {most:,} values at most: give a smaller level or max_steps="
        )


@lru_cache(maxsize=8)
def solved(configuration: Configuration, seed: int) -> Solved:
    """Returns the values of all actions from the start of a seed, and its certificate.

    Raises:
        SafetyEnvsError: the model is too large for a page, or cannot be solved at all.
    """
    most = MOST_HIDDEN if configuration.environment.hidden else MOST_STATES
    case = Case(configuration, seed=seed, most=most)
    check_size(case)
    values = {kind: values_in(case, case.planning, kind) for kind in KINDS}
    return Solved(values, certificate_of(case, goodhart=False))


def worth_of(trajectory: Trajectory) -> dict[str, Any]:
    """Returns what the actions of one episode were worth.

    Its parts: "regrets", kind -> [T]; "values", kind -> [T, A] where nothing is hidden; and
    "certificate". Or "reason", why there are no regrets; with several agents perhaps beside a
    "certificate" of R* and P* alone.

    Args:
        trajectory: of one episode.
    """
    if trajectory.configuration.environment.is_multi_agent:
        return _of_several(trajectory)
    try:
        found = solved(trajectory.configuration, trajectory.seeds[0])
        regrets = {kind: packed(q.regrets(trajectory)[:, 0]) for kind, q in found.values.items()}
    except SafetyEnvsError as error:
        return {"reason": str(error)}
    parts = {"regrets": regrets, "certificate": certificate_data(found.certificate)}
    if found.values["reward"].planning.tracker is None:
        parts["values"] = {kind: _values(q, trajectory) for kind, q in found.values.items()}
    return parts


def _of_several(trajectory: Trajectory) -> dict[str, Any]:
    """Returns R* and P* of all agents together, if they are cheap, and why there are no regrets."""
    reason = "several agents act, and what an action of one is worth depends on what the others do"
    try:
        best = best_together(trajectory.configuration, trajectory.seeds[0])
    except SafetyEnvsError:
        return {"reason": reason}
    levels = dict(zip(("bestReward", "bestPerformance"), best, strict=True))
    return {"reason": reason, "certificate": levels}


def _values(q: QValues, trajectory: Trajectory) -> Packed:
    return packed(q.of(trajectory.worlds[:-1, 0], np.arange(trajectory.num_steps)))


def certificate_data(certificate: Certificate) -> dict[str, Any]:
    """Returns what a page says of a certificate."""
    return {
        "start": certificate.start,
        "states": certificate.num_states,
        "horizon": certificate.horizon,
        "class": certificate.hazard_class,
        "bestReward": certificate.best_reward,
        "performanceInterval": list(certificate.performance_interval),
        "bestPerformance": certificate.best_performance,
        "rewardInterval": list(certificate.reward_interval),
        "uniform": list(certificate.uniform),
    }
