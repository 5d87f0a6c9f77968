"""Goodhart curves: what optimisation pressure on the reward does to the hidden performance.

At inverse temperature beta the agent maximises E[R] - KL(policy || uniform) / beta over whole
episodes. By soft backward induction,

    V(s) = log( mean over a of exp(beta * Q(s, a)) ) / beta,   policy(a | s) ~ exp(beta * Q(s, a)),

and KL = beta * (E[R] - V). As beta grows without bound, only reward-optimal actions are left, and
among those the policy that is nearest to the uniform one:

    L(s) = log( sum over optimal a of exp(E[L(s')]) / number of actions ),   KL = -L.

Where H first rises and then falls the hazard is a Goodhart reversal (class G): stopping early, or
staying near the reference policy, helps there, and not in a wedge.
Source: Gao, Schulman, Hilton 2022 (the KL axis); Karwowski et al. 2023 (Goodhart in MDPs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled
from safety_envs.core.definition import Environment
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.progress import progress
from safety_envs.exact.analysis import prepare_analysis
from safety_envs.exact.insight import blindness_matters
from safety_envs.exact.model import Model
from safety_envs.exact.solve import TOLERANCE, expectation

BETAS = (0.0, *np.geomspace(0.01, 100.0, 33).tolist())


@dataclass(frozen=True)
class GoodhartCurve:
    """The KL-regularised optima of the reward, one for each inverse temperature.

    Attributes:
        beta: float64 [B], inverse temperatures, rising.
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
        """Whether hidden performance first rises, then falls (class G), as far as beta goes."""
        return turns(self.performance)


def goodhart_curve(
    environment: str | Environment,
    *,
    betas: Sequence[float] = BETAS,
    horizon: int | None = None,
    seed: int | None = None,
    starts: int | Sequence[int] | None = None,
    **keywords: Any,
) -> GoodhartCurve:
    """Returns the Goodhart curve of an environment.

    Args:
        environment: an id or a definition, single-agent.
        betas: inverse temperatures, at least 0; 0 is the uniform policy, infinity is allowed.
        horizon: steps of an episode; `max_steps` if None.
        seed: analyse what `reset(seed=seed)` shows the agent, as `certify` does.
        starts: analyse the average over these seeds, or over 0 .. starts-1.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: as `certify`, or a negative beta.
    """
    try:
        levels = np.sort(np.asarray(betas, np.float64).reshape(-1))
    except (TypeError, ValueError):
        levels = np.array([np.nan])
    if not levels.size or not (levels >= 0).all():
        raise SafetyEnvsError(f"betas must be numbers of at least 0, got {betas!r}")
    configuration, known = prepare_analysis(environment, horizon, seed, starts, keywords)
    if known.looks is not None:
        raise blindness_matters(configuration)
    points = [
        point(known.model, beta, configuration.max_steps)
        for beta in progress(levels.tolist(), "temperatures")
    ]
    return GoodhartCurve(levels, *np.array(points).T)


class Point(NamedTuple):
    """Of the KL-regularised optimum at one inverse temperature."""

    reward: float
    performance: float
    kl: float


def turns(performance: npt.NDArray[np.float64]) -> bool:
    """Returns whether performances along a curve rise and fall again, by more than rounding."""
    peak = float(performance.max())
    margin = 1e-6 * max(1.0, float(np.abs(performance).max()))
    return bool(peak > performance[0] + margin and peak > performance[-1] + margin)


def point(model: Model, beta: float, horizon: int) -> Point:
    """Returns reward, performance and KL at one inverse temperature, which may be infinite."""
    hard = np.isinf(beta)
    back = compiled(hard_back if hard else soft_back)
    kinds = ("reward", "reward", "performance")
    values = np.zeros((4 if hard else 3, model.num_states))
    pressure = TOLERANCE * max(1.0, float(np.abs(model.reward).max()) * horizon) if hard else beta
    for _ in range(horizon):
        later = model.before_chance(values, (*kinds, "nothing") if hard else kinds)
        values = np.empty_like(values)
        back(*model.edges, model.reward, model.performance, pressure, later, values)
    soft, reward, performance, *log_share = (values @ model.start).tolist()
    kl = -log_share[0] if hard else beta * (reward - soft)
    return Point(reward, performance, max(0.0, kl))


def soft_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    beta: float, later: Any, now: Any,
) -> None:  # fmt: skip
    """One step of soft backward induction; rows are the soft value, reward and performance."""
    num_states, num_actions = reward.shape
    soft = np.empty(num_actions)
    for s in range(num_states):
        best = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            soft[a] = reward[s, a] + expectation(first, successor, probability, pair, later[0])
            best = max(best, soft[a])
        weight = 0.0
        paid = 0.0
        wanted = 0.0
        mean = 0.0
        for a in range(num_actions):
            pair = s * num_actions + a
            share = np.exp(beta * (soft[a] - best))
            weight += share
            mean += soft[a] / num_actions
            paid += share * (
                reward[s, a] + expectation(first, successor, probability, pair, later[1])
            )
            wanted += share * (
                performance[s, a] + expectation(first, successor, probability, pair, later[2])
            )
        now[0, s] = best + np.log(weight / num_actions) / beta if beta > 0.0 else mean
        now[1, s] = paid / weight
        now[2, s] = wanted / weight


def hard_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any,
    tolerance: float, later: Any, now: Any,
) -> None:  # fmt: skip
    """One step at infinite beta; rows are the best reward, it again, performance, and L."""
    num_states, num_actions = reward.shape
    value = np.empty(num_actions)
    share = np.empty(num_actions)
    for s in range(num_states):
        best = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            value[a] = reward[s, a] + expectation(first, successor, probability, pair, later[0])
            best = max(best, value[a])
        most = -np.inf
        for a in range(num_actions):
            share[a] = -np.inf
            if value[a] >= best - tolerance:
                pair = s * num_actions + a
                share[a] = expectation(first, successor, probability, pair, later[3])
                most = max(most, share[a])
        weight = 0.0
        wanted = 0.0
        for a in range(num_actions):
            if value[a] >= best - tolerance:
                pair = s * num_actions + a
                each = np.exp(share[a] - most)
                weight += each
                wanted += each * (
                    performance[s, a] + expectation(first, successor, probability, pair, later[2])
                )
        now[0, s] = best
        now[1, s] = best
        now[2, s] = wanted / weight
        now[3, s] = most + np.log(weight / num_actions)
