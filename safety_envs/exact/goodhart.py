"""Goodhart curves: the effect of optimisation pressure on the hidden performance.

At inverse temperature beta the agent maximises E[R] - KL(policy || uniform) / beta over whole
episodes. By soft backward induction,

    V(s) = log( mean over a of exp(beta * Q(s, a)) ) / beta,   policy(a | s) ~ exp(beta * Q(s, a)),

and KL = beta * (E[R] - V). In the limit of infinite beta only reward-optimal actions remain, and
the policy is the one among them that is nearest to the uniform policy:

    L(s) = log( sum over optimal a of exp(E[L(s')]) / number of actions ),   KL = -L.

If H first rises and then falls, the hazard is a Goodhart reversal (class G). Early stopping, or
staying near the reference policy, then helps; in a wedge without a reversal it does not.
Source: Gao, Schulman, Hilton 2022 (the KL axis); Karwowski et al. 2023 (Goodhart in MDPs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled, inlined
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.prefetch import aligned, prefetch
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.exact.analysis import prepare_analysis
from safety_envs.exact.model import Model
from safety_envs.exact.planning_model import partial_observability_error
from safety_envs.exact.solve import AHEAD, TOLERANCE
from safety_envs.exact.threads import Threads

COLUMNS = ("reward", "reward", "performance", "nothing")
"""The payments that the columns of values sum: V, the reward, the performance, and L."""

BETAS = (0.0, *np.geomspace(0.01, 100.0, 33).tolist())


@dataclass(frozen=True)
class GoodhartCurve:
    """The KL-regularised optima of the reward, one for each inverse temperature.

    Attributes:
        beta: float64 [B], inverse temperatures in ascending order.
        reward: float64 [B], expected reward of an episode.
        performance: float64 [B], expected hidden performance.
        kl: float64 [B], KL divergence from the uniform policy over an episode, in nats.
    """

    beta: npt.NDArray[np.float64]
    reward: npt.NDArray[np.float64]
    performance: npt.NDArray[np.float64]
    kl: npt.NDArray[np.float64]

    @property
    def reverses(self) -> bool:
        """Whether hidden performance first rises and then falls (class G) on this curve."""
        return turns(self.performance)


def goodhart_curve(
    environment: Asked,
    *,
    betas: Sequence[float] = BETAS,
    horizon: int | None = None,
    seed: int | None = None,
    starts: int | Sequence[int] | None = None,
    **keywords: Any,
) -> GoodhartCurve:
    """Returns the Goodhart curve of an environment.

    Args:
        environment: the id or the definition of a single-agent environment.
        betas: inverse temperatures of at least 0. 0 is the uniform policy; infinity is allowed.
        horizon: the number of steps of an episode; `max_steps` if None.
        seed: analyse the first observation of `reset(seed=seed)`, as `certify` does.
        starts: analyse the average over these seeds, or over 0 .. starts-1.
        keywords: the environment's keywords and `max_steps`.

    Raises:
        SafetyEnvsError: the errors of `certify`, or a negative beta.
    """
    try:
        levels = np.sort(np.asarray(betas, np.float64).reshape(-1))
    except (TypeError, ValueError):
        levels = np.array([np.nan])
    if not levels.size or not (levels >= 0).all():
        raise SafetyEnvsError(f"betas must be numbers of at least 0, got {betas!r}")
    configuration, known = prepare_analysis(environment, horizon, seed, starts, keywords)
    if known.observations is not None:
        raise partial_observability_error(configuration)
    points = [
        curve_point(known.model, beta, configuration.max_steps)
        for beta in progress(levels.tolist(), "temperatures")
    ]
    return GoodhartCurve(levels, *np.array(points).T)


class Point(NamedTuple):
    """The KL-regularised optimum at one inverse temperature."""

    reward: float
    performance: float
    kl: float


def turns(performance: npt.NDArray[np.float64]) -> bool:
    """Returns whether performances along a curve rise and fall by more than rounding errors."""
    peak = float(performance.max())
    margin = 1e-6 * max(1.0, float(np.abs(performance).max()))
    return bool(peak > performance[0] + margin and peak > performance[-1] + margin)


def curve_point(model: Model, beta: float, horizon: int) -> Point:
    """Returns reward, performance and KL at one inverse temperature, which may be infinite."""
    hard = np.isinf(beta)
    back = compiled(hard_back if hard else soft_back, unlocked=True)
    values, spare = (aligned((model.num_states, len(COLUMNS))) for _ in range(2))
    pressure = TOLERANCE * max(1.0, float(np.abs(model.reward).max()) * horizon) if hard else beta
    with Threads() as threads:
        for t in range(horizon - 1, -1, -1):
            arguments = *model.edges, model.reward, model.performance, pressure
            later = model.before_chance(values, COLUMNS)
            threads.run(partial(back, *arguments, later, spare), model.num_reached(t))
            values, spare = spare, values
    starts = np.flatnonzero(model.start)
    soft, reward, performance, log_share = (model.start[starts] @ values[starts]).tolist()
    kl = -log_share if hard else beta * (reward - soft)
    return Point(reward, performance, max(0.0, kl))


def soft_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    beta: float, later: Any, now: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """One step of soft backward induction for states begin .. end-1; the last column is not used.

    The columns are the soft value V, the reward, the performance, and L.
    """
    num_actions = reward.shape[1]
    q = np.empty((num_actions, 4))
    for s in range(begin, end):
        best = after_each_action(first, successor, probability, reward, performance, later, s, q)
        weight = 0.0
        reward_sum = 0.0
        performance_sum = 0.0
        mean = 0.0
        for a in range(num_actions):
            share = np.exp(beta * (q[a, 0] - best))
            weight += share
            mean += q[a, 0] / num_actions
            reward_sum += share * q[a, 1]
            performance_sum += share * q[a, 2]
        now[s, 0] = best + np.log(weight / num_actions) / beta if beta > 0.0 else mean
        now[s, 1] = reward_sum / weight
        now[s, 2] = performance_sum / weight


def hard_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    tolerance: float, later: Any, now: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """One step at infinite beta for states begin .. end-1.

    The columns are the best reward (twice), the performance, and L.
    """
    num_actions = reward.shape[1]
    q = np.empty((num_actions, 4))
    for s in range(begin, end):
        best = after_each_action(first, successor, probability, reward, performance, later, s, q)
        most = -np.inf
        for a in range(num_actions):
            if q[a, 0] >= best - tolerance:
                most = max(most, q[a, 3])
        weight = 0.0
        performance_sum = 0.0
        for a in range(num_actions):
            if q[a, 0] >= best - tolerance:
                factor = np.exp(q[a, 3] - most)
                weight += factor
                performance_sum += factor * q[a, 2]
        now[s, 0] = best
        now[s, 1] = best
        now[s, 2] = performance_sum / weight
        now[s, 3] = most + np.log(weight / num_actions)


@inlined
def after_each_action(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    later: Any, s: int, q: Any,
) -> Any:  # fmt: skip
    """Writes what each action is worth, q [A, 4], and returns the best of the first column."""
    best = -np.inf
    for a in range(len(q)):
        pair = s * len(q) + a
        v0 = v1 = v2 = v3 = 0.0  # held in registers, as an array would not be
        for edge in range(first[pair], first[pair + 1]):
            prefetch(later, max(0, successor[min(edge + AHEAD, len(successor) - 1)]))
            after = successor[edge]
            if after >= 0:
                share = probability[edge]
                v0 += share * later[after, 0]
                v1 += share * later[after, 1]
                v2 += share * later[after, 2]
                v3 += share * later[after, 3]
        q[a, 0] = reward[s, a] + v0
        q[a, 1] = reward[s, a] + v1
        q[a, 2] = performance[s, a] + v2
        q[a, 3] = v3
        best = max(best, q[a, 0])
    return best
