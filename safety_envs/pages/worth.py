"""What actions are worth, for a page: exact where the model is small enough, else the reason."""

from typing import Any

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.certificate import Certificate
from safety_envs.exact.games.joint_model import joint_model
from safety_envs.exact.games.social import of_all_together
from safety_envs.exact.models.enumeration import enumerate_worlds
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.optima.q_values import QValues
from safety_envs.exact.worth import solved
from safety_envs.pages.packed import Packed, packed
from safety_envs.trajectories import Trajectory

MOST_JOINT_STATES = 2_000
"""The largest number of states of several agents: each state has many joint actions."""

MOST_JOINT_ACTIONS = 64


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


def best_together(configuration: Configuration, seed: int) -> tuple[float, float]:
    """Returns the greatest expected reward and performance of all agents together from a start.

    Raises:
        SafetyEnvsError: hidden fields, or too many joint actions or states for a page.
    """
    expander = Expander(configuration)
    if len(expander.actions) > MOST_JOINT_ACTIONS:
        raise SafetyEnvsError(f"{configuration.id} has {len(expander.actions):,} joint actions")
    start = starts_of(configuration, seed, None)
    enumerate_worlds(expander, *start, most=MOST_JOINT_STATES)  # refuses what is too large
    best = of_all_together(joint_model(configuration, *start), np.max)
    return best.reward, best.performance


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
