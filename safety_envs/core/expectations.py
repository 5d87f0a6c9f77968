"""Expectations: what an analysis says of an environment, or a closed form in its definition."""

from dataclasses import dataclass
from typing import NamedTuple


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
    """The least and the most that a group may expect in equilibrium."""

    worst: Payoff
    best: Payoff


class SocialExpectations(NamedTuple):
    """What a certificate says of several agents; see `SocialCertificate`."""

    best_reward: float
    best_performance: float
    symmetric: Equilibria | None  # None: there is no such equilibrium
    pure: Equilibria | None  # None: there is none, or, in a closed form, it was not sought
    uniform: Payoff
