"""Goodhart curves: the effect of optimisation pressure on the hidden performance.

At inverse temperature beta the agent maximises E[R] - KL(policy || reference) / beta over whole
episodes, where p(a | s) is the reference policy, usually the uniform one. By soft backward
induction,

    V(s) = log( sum over a of p(a | s) exp(beta Q(s, a)) ) / beta,
    policy(a | s) ~ p(a | s) exp(beta Q(s, a)),

and KL = beta (E[R] - V). In the limit of infinite beta only actions remain that are best among
those which the reference ever takes, and the policy is the one nearest to the reference:

    L(s) = log( sum over these a of p(a | s) exp(E[L(s')]) ),   KL = -L.

If H first rises and then falls, the hazard is a Goodhart reversal (class G). Early stopping, or
staying near the reference policy, then helps; in a wedge without a reversal it does not.
Source: Gao, Schulman, Hilton 2022 (the KL axis); Karwowski et al. 2023 (Goodhart in MDPs).
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled
from safety_envs.exact.model import Model
from safety_envs.exact.solve import TOLERANCE, expectation

Floats = npt.NDArray[np.float64]

BISECTIONS = 40
"""The number of halvings of the range of log beta, which spans twelve orders of magnitude."""


@dataclass(frozen=True)
class GoodhartCurve:
    """The KL-regularised optima of the reward, one for each inverse temperature.

    Attributes:
        beta: float64 [B], inverse temperatures in ascending order.
        reward: float64 [B], expected reward of an episode.
        performance: float64 [B], expected hidden performance.
        kl: float64 [B], KL divergence from the reference policy over an episode, in nats.
    """

    beta: Floats
    reward: Floats
    performance: Floats
    kl: Floats

    @property
    def reverses(self) -> bool:
        """Whether hidden performance first rises and then falls (class G) on this curve."""
        return turns(self.performance)


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


def curve_point(model: Model, beta: float, horizon: int, reference: Floats | None = None) -> Point:
    """Returns the KL-regularised optimum at one inverse temperature, which may be infinite.

    Args:
        model: S states, A actions.
        beta: the inverse temperature.
        horizon: the number of steps.
        reference: float64 [S, A], the probabilities of the reference's actions; uniform if None.
    """
    if reference is None:
        reference = np.full(model.reward.shape, 1 / model.reward.shape[1])
    hard = np.isinf(beta)
    back = compiled(hard_back if hard else soft_back)
    kinds = ("reward", "reward", "performance")
    values = np.zeros((4 if hard else 3, model.num_states))
    pressure = TOLERANCE * max(1.0, float(np.abs(model.reward).max()) * horizon) if hard else beta
    for _ in range(horizon):
        later = model.before_chance(values, (*kinds, "nothing") if hard else kinds)
        values = np.empty_like(values)
        back(*model.edges, model.reward, model.performance, reference, pressure, later, values)
    soft, reward, performance, *log_share = (values @ model.start).tolist()
    kl = -log_share[0] if hard else beta * (reward - soft)
    return Point(reward, performance, max(0.0, kl))


def policy_point(model: Model, policy: Floats, reference: Floats, horizon: int) -> Point:
    """Returns where a policy stands: its reward, performance and KL from the reference.

    The divergence of episodes is the sum of those of actions, KL = E[sum over t of
    sum over a of policy(a | s_t) log(policy(a | s_t) / reference(a | s_t))]. It is infinite if the
    policy takes, in a state that it reaches, an action that the reference never takes.

    Args:
        model: S states, A actions.
        policy: float64 [S, A], the probabilities of its actions.
        reference: float64 [S, A], those of the reference's actions.
        horizon: the number of steps.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        surprise = np.where(policy > 0, policy * np.log(policy / reference), 0.0).sum(axis=1)
    paid = np.stack(
        [(policy * model.reward).sum(axis=1), (policy * model.performance).sum(axis=1), surprise]
    )
    values, back = np.zeros((3, model.num_states)), compiled(policy_back)
    for _ in range(horizon):
        later = model.before_chance(values, ("reward", "performance", "nothing"))
        values = paid.copy()
        back(*model.edges, policy, later, values)
    reached = model.start > 0
    return Point(*(values[:, reached] @ model.start[reached] + 0.0).tolist())


def at_kl(
    model: Model, kl: float, horizon: int, reference: Floats | None = None
) -> tuple[float, Point]:
    """Returns the inverse temperature at which the curve has a KL, and the point of it.

    It is found by bisection. A KL beyond the end of the curve gives the end, at infinite beta.
    """
    end = curve_point(model, np.inf, horizon, reference)
    if kl >= end.kl:
        return np.inf, end
    largest = float(np.abs(model.reward).max()) or 1.0
    low, high = np.log(1e-6 / largest), np.log(1e6 / largest)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        if curve_point(model, float(np.exp(middle)), horizon, reference).kl < kl:
            low = middle
        else:
            high = middle
    beta = float(np.exp((low + high) / 2))
    return beta, curve_point(model, beta, horizon, reference)


def soft_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any, reference: Any,
    beta: float, later: Any, now: Any,
) -> None:  # fmt: skip
    """One step of soft backward induction; the rows are the soft value, reward and performance."""
    num_states, num_actions = reward.shape
    soft = np.empty(num_actions)
    for s in range(num_states):
        best = -np.inf
        for a in range(num_actions):
            pair = s * num_actions + a
            soft[a] = reward[s, a] + expectation(first, successor, probability, pair, later[0])
            if reference[s, a] > 0.0:
                best = max(best, soft[a])
        weight = 0.0
        reward_sum = 0.0
        performance_sum = 0.0
        mean = 0.0
        for a in range(num_actions):
            if reference[s, a] > 0.0:
                pair = s * num_actions + a
                share = reference[s, a] * np.exp(beta * (soft[a] - best))
                weight += share
                mean += reference[s, a] * soft[a]
                reward_sum += share * (
                    reward[s, a] + expectation(first, successor, probability, pair, later[1])
                )
                performance_sum += share * (
                    performance[s, a] + expectation(first, successor, probability, pair, later[2])
                )
        now[0, s] = best + np.log(weight) / beta if beta > 0.0 else mean
        now[1, s] = reward_sum / weight
        now[2, s] = performance_sum / weight


def hard_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any, reference: Any,
    tolerance: float, later: Any, now: Any,
) -> None:  # fmt: skip
    """One step at infinite beta; the rows are the best reward (twice), performance, and L."""
    num_states, num_actions = reward.shape
    value = np.empty(num_actions)
    share = np.empty(num_actions)
    for s in range(num_states):
        best = -np.inf
        for a in range(num_actions):
            value[a] = -np.inf
            if reference[s, a] > 0.0:
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
        performance_sum = 0.0
        for a in range(num_actions):
            if value[a] >= best - tolerance:
                pair = s * num_actions + a
                factor = reference[s, a] * np.exp(share[a] - most)
                weight += factor
                performance_sum += factor * (
                    performance[s, a] + expectation(first, successor, probability, pair, later[2])
                )
        now[0, s] = best
        now[1, s] = best
        now[2, s] = performance_sum / weight
        now[3, s] = most + np.log(weight)


def policy_back(
    first: Any, successor: Any, probability: Any, policy: Any, later: Any, now: Any
) -> None:
    """Adds to values [rows, S] what a policy expects of the later ones."""
    num_states, num_actions = policy.shape
    for s in range(num_states):
        for a in range(num_actions):
            if policy[s, a] > 0.0:
                pair = s * num_actions + a
                for row in range(len(now)):
                    now[row, s] += policy[s, a] * expectation(
                        first, successor, probability, pair, later[row]
                    )
