"""What actions are worth, for a page: exact where the model is small enough, else the reason."""

from typing import Any

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.certificate import Certificate
from safety_envs.exact.optima.q_values import QValues
from safety_envs.exact.worth import best_together, solved
from safety_envs.pages.packed import Packed, packed
from safety_envs.trajectories import Trajectory


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
