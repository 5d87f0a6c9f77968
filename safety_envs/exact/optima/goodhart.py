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

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from safety_envs.core.chart import line_chart
from safety_envs.core.compile import rule
from safety_envs.core.notebooks import table
from safety_envs.core.prefetch import aligned, prefetch
from safety_envs.exact.models.model import Model
from safety_envs.exact.models.threads import Threads
from safety_envs.exact.optima.solve import AHEAD, TOLERANCE
from safety_envs.exact.tiers import compiled

Floats = npt.NDArray[np.float64]

COLUMNS = ("reward", "reward", "performance", "nothing")
"""The payments that the columns of values sum: V, the reward, the performance, and L."""

BISECTIONS = 40
"""The number of halvings of the range of log beta, which spans twelve orders of magnitude."""


class Placed(Protocol):
    """A policy with a place beside a curve, such as a `Position`."""

    @property
    def reward(self) -> float:
        """Expected reward."""

    @property
    def performance(self) -> float:
        """Expected hidden performance."""

    @property
    def kl(self) -> float:
        """KL divergence from the reference policy, in nats."""


@dataclass(frozen=True)
class GoodhartCurve:
    """The KL-regularised optima of the reward, one for each inverse temperature.

    In a notebook it is a chart of reward and hidden performance against the KL divergence.

    Attributes:
        beta: float64 [B], inverse temperatures in ascending order.
        reward: float64 [B], expected reward of an episode.
        performance: float64 [B], expected hidden performance.
        kl: float64 [B], KL divergence from the reference policy over an episode, in nats.
        policies: name -> where a policy stands, for display alone.
    """

    beta: Floats
    reward: Floats
    performance: Floats
    kl: Floats
    policies: Mapping[str, Placed] = field(default_factory=dict)

    @property
    def reverses(self) -> bool:
        """Whether hidden performance first rises and then falls (class G) on this curve."""
        return turns(self.performance)

    def with_policies(self, policies: Mapping[str, Placed]) -> "GoodhartCurve":
        """Returns the curve with policies beside it, which its chart and its text show.

        Args:
            policies: name -> what `goodhart_position` found.
        """
        return replace(self, policies={**self.policies, **policies})

    def __str__(self) -> str:
        width = max(len(name) for name, *_ in self._rows)
        lines = [
            f"  {name:{width}} {beta:>10} {kl:>9} {reward:>12} {performance:>12}"
            for name, beta, kl, reward, performance in (("", *_HEADS), *self._rows)
        ]
        return "\n".join([self._title, *lines])

    def _repr_html_(self) -> str:
        lines = {
            name: list(zip(self.kl.tolist(), values.tolist(), strict=True))
            for name, values in (("reward", self.reward), ("hidden performance", self.performance))
        }
        marks = {
            name: [(float(at.kl), float(at.reward)), (float(at.kl), float(at.performance))]
            for name, at in self.policies.items()
            if np.isfinite(at.kl)
        }
        chart = line_chart(
            "Reward and hidden performance along growing optimisation pressure",
            "KL divergence from the reference policy [nats]",
            lines,
            marks,
        )
        return chart + table(self._title, ["", *_HEADS], self._rows)

    @property
    def _title(self) -> str:
        return f"Goodhart curve, {len(self.beta)} inverse temperatures"

    @property
    def _rows(self) -> list[tuple[str, ...]]:
        """What is shown in numbers: the ends, the highest point, and the policies beside it."""
        chosen = {"first": 0, "highest performance": int(self.performance.argmax()), "last": -1}
        points = [
            (name, f"{self.beta[k]:.4g}", self.kl[k], self.reward[k], self.performance[k])
            for name, k in chosen.items()
        ]
        points += [
            (name, "", at.kl, at.reward, at.performance) for name, at in self.policies.items()
        ]
        return [
            (name, beta, *(f"{number:.4f}" for number in numbers))
            for name, beta, *numbers in points
        ]


_HEADS = ("beta", "KL", "reward", "performance")


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
    values, spare = (aligned((model.num_states, len(COLUMNS))) for _ in range(2))
    pressure = TOLERANCE * max(1.0, float(np.abs(model.reward).max()) * horizon) if hard else beta
    tables = *model.edges, model.reward, model.performance, reference
    with Threads() as threads:
        for t in range(horizon - 1, -1, -1):
            later = model.before_chance(values, COLUMNS)
            threads.run(partial(back, *tables, pressure, later, spare), model.num_reached(t))
            values, spare = spare, values
    starts = np.flatnonzero(model.start)
    soft, paid, performance, log_share = (model.start[starts] @ values[starts]).tolist()
    kl = -log_share if hard else beta * (paid - soft)
    return Point(paid, performance, max(0.0, kl))


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
        [(policy * model.reward).sum(axis=1), (policy * model.performance).sum(axis=1), surprise],
        axis=1,
    )
    values, back = np.zeros_like(paid), compiled(policy_back)
    for _ in range(horizon):
        later = model.before_chance(values, ("reward", "performance", "nothing"))
        values = paid.copy()
        back(*model.edges, policy, later, values)
    reached = model.start > 0
    return Point(*(model.start[reached] @ values[reached] + 0.0).tolist())


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
    beta: float, later: Any, now: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """One step of soft backward induction for states begin .. end-1; the last column is not used.

    The columns are the soft value V, the reward, the performance, and L.
    """
    num_actions = reward.shape[1]
    q = np.empty((num_actions, 4))
    for s in range(begin, end):
        best = action_values(
            first, successor, probability, reward, performance, reference, later, s, q
        )
        weight = 0.0
        reward_sum = 0.0
        performance_sum = 0.0
        mean = 0.0
        for a in range(num_actions):
            if reference[s, a] > 0.0:
                share = reference[s, a] * np.exp(beta * (q[a, 0] - best))
                weight += share
                mean += reference[s, a] * q[a, 0]
                reward_sum += share * q[a, 1]
                performance_sum += share * q[a, 2]
        now[s, 0] = best + np.log(weight) / beta if beta > 0.0 else mean
        now[s, 1] = reward_sum / weight
        now[s, 2] = performance_sum / weight


def hard_back(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any, reference: Any,
    tolerance: float, later: Any, now: Any, begin: int, end: int,
) -> None:  # fmt: skip
    """One step at infinite beta for states begin .. end-1.

    The columns are the best reward (twice), the performance, and L.
    """
    num_actions = reward.shape[1]
    q = np.empty((num_actions, 4))
    for s in range(begin, end):
        best = action_values(
            first, successor, probability, reward, performance, reference, later, s, q
        )
        most = -np.inf
        for a in range(num_actions):
            if q[a, 0] >= best - tolerance:
                most = max(most, q[a, 3])
        weight = 0.0
        performance_sum = 0.0
        for a in range(num_actions):
            if q[a, 0] >= best - tolerance:
                factor = reference[s, a] * np.exp(q[a, 3] - most)
                weight += factor
                performance_sum += factor * q[a, 2]
        now[s, 0] = best
        now[s, 1] = best
        now[s, 2] = performance_sum / weight
        now[s, 3] = most + np.log(weight)


@rule
def action_values(
    first: Any, successor: Any, probability: Any, reward: Any, performance: Any, reference: Any,
    later: Any, s: int, q: Any,
) -> Any:  # fmt: skip
    """Writes what each action is worth, q [A, 4]; returns the most in the first column.

    That column is minus infinity for actions that the reference never takes.
    """
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
        q[a, 0] = reward[s, a] + v0 if reference[s, a] > 0.0 else -np.inf
        q[a, 1] = reward[s, a] + v1
        q[a, 2] = performance[s, a] + v2
        q[a, 3] = v3
        best = max(best, q[a, 0])
    return best


def policy_back(
    first: Any, successor: Any, probability: Any, policy: Any, later: Any, now: Any
) -> None:
    """Adds to values [S, columns] what a policy expects of the later ones."""
    num_states, num_actions = policy.shape
    for s in range(num_states):
        for a in range(num_actions):
            if policy[s, a] > 0.0:
                pair = s * num_actions + a
                for edge in range(first[pair], first[pair + 1]):
                    if successor[edge] >= 0:
                        share = policy[s, a] * probability[edge]
                        for column in range(now.shape[1]):
                            now[s, column] += share * later[successor[edge], column]
