"""Expected rewards and performances, from exact analysis or from a definition's closed form."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Payments = npt.NDArray[np.float64]
"""The expected payment of each action in each of N worlds, [N, actions]."""


class Expectations(NamedTuple):
    """The values of a certificate, for an environment whose starts cannot be listed one by one."""

    best_reward: float
    performance_interval: tuple[float, float]  # over all reward-optimal policies
    best_performance: float
    reward_interval: tuple[float, float]  # over all performance-optimal policies
    uniform: tuple[float, float]  # (reward, performance) of the uniformly random policy


@dataclass(frozen=True)
class Payoff:
    """The expected total reward of a group, and the expected performance."""

    reward: float
    performance: float


@dataclass(frozen=True)
class Equilibria:
    """The range of a group's payoffs over equilibria, separately for reward and performance.

    One equilibrium may have the least reward and another the least performance.

    Attributes:
        worst: the least reward and the least performance.
        best: the greatest reward and the greatest performance.
        known: "all": the extremes over all equilibria, which are attained. "bounds": all equilibria
            lie within, if there are any. "some": the extremes over the equilibria that were found;
            others may lie outside.
        found: with "bounds", the extremes over the equilibria that were found, if any.
    """

    worst: Payoff
    best: Payoff
    known: Literal["all", "bounds", "some"] = "all"
    found: tuple[Payoff, Payoff] | None = None

    @property
    def attained(self) -> tuple[Payoff, Payoff] | None:
        """The worst and the best payoffs of known equilibria; None if none is known."""
        return self.found if self.known == "bounds" else (self.worst, self.best)


class SocialExpectations(NamedTuple):
    """The values of a social certificate; see `SocialCertificate`."""

    best_reward: float
    best_performance: float
    symmetric: Equilibria | None  # None: there is none; in a closed form, none was found
    pure: Equilibria | None  # None: there is none; in a closed form, none was computed
    uniform: Payoff
    attainable: bool | None = None
    """Whether any equilibrium attains the best performance, if a closed form proves it."""
