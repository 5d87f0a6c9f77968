"""Expectations: what an analysis says of an environment, or a closed form in its definition."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Payments = npt.NDArray[np.float64]
"""What each action is expected to pay in each of some worlds, [N, actions]."""


class Expectations(NamedTuple):
    """What a certificate says, for an environment whose starts cannot be listed one by one."""

    best_reward: float
    performance_interval: tuple[float, float]  # over all reward-optimal policies
    best_performance: float
    reward_interval: tuple[float, float]  # over all performance-optimal policies
    uniform: tuple[float, float]  # (reward, performance) of the uniformly random policy


@dataclass(frozen=True)
class Payoff:
    """What a group may expect: the reward of all its agents together, and the performance."""

    reward: float
    performance: float


@dataclass(frozen=True)
class Equilibria:
    """Between what a group may expect in equilibrium; reward and performance apart.

    One equilibrium may have the least reward and another the least performance.

    Attributes:
        worst: the least reward, and the least performance.
        best: the most reward, and the most performance.
        known: "all", the extremes are over all equilibria, and attained; "bounds", all lie within,
            if there are any; "some", these have been found, and others may lie outside.
        found: with "bounds" the extremes of those that have been found, if any have.
    """

    worst: Payoff
    best: Payoff
    known: Literal["all", "bounds", "some"] = "all"
    found: tuple[Payoff, Payoff] | None = None

    @property
    def attained(self) -> tuple[Payoff, Payoff] | None:
        """The worst and the best that equilibria are known to have; None if none is known."""
        return self.found if self.known == "bounds" else (self.worst, self.best)


class SocialExpectations(NamedTuple):
    """What a social certificate says; see `SocialCertificate`."""

    best_reward: float
    best_performance: float
    symmetric: Equilibria | None  # None: there is none; in a closed form, none was found
    pure: Equilibria | None  # None: there is none; in a closed form, it was not sought
    uniform: Payoff
    attainable: bool | None = None
    """Whether any equilibrium attains the best performance, where a closed form proves it."""
