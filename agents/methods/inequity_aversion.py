"""Inequity aversion: agents feel envy and guilt."""

from typing import Any

import numpy as np

from agents.methods.method import Method
from agents.methods.social_rewards import Floats, SocialRewards, Step
from safety_envs import SafetyEnvsError


class InequityAversion:
    """Envy and guilt (Hughes et al. 2018).

        u_i = r_i - alpha / (N-1) sum of max(e_j - e_i, 0) - beta / (N-1) sum of max(e_i - e_j, 0)

    with e_i = smoothing e_i + r_i, the agent's recent rewards. The defaults of alpha and beta are
    those of sequential_social_dilemma_games (Vinitsky et al. 2019, README.md).

    Args:
        alpha: of envy, disadvantageous inequity.
        beta: of guilt, advantageous inequity.
        smoothing: how much of the past is remembered, per step.
        placebo: compare with the other seats of the next world instead of one's own: a control of
            the same size and timing, with agents that these agents neither meet nor affect.
    """

    def __init__(
        self,
        alpha: float = 5.0,
        beta: float = 0.05,
        smoothing: float = 0.99 * 0.975,
        *,
        placebo: bool = False,
    ) -> None:
        self.alpha, self.beta, self.smoothing = alpha, beta, smoothing
        self.placebo = placebo
        self._recent: Any = None

    def __call__(self, step: Step) -> Floats:
        """Returns the rewards less envy and guilt.

        Raises:
            SafetyEnvsError: a placebo with a single world, which has no other to compare with.
        """
        rewards = step.rewards
        worlds, agents = rewards.shape
        if self.placebo and worlds == 1:
            raise SafetyEnvsError("inequity_placebo compares with other worlds: give at least two")
        if self._recent is None:
            self._recent = np.zeros_like(rewards)
        self._recent = self.smoothing * self._recent + rewards
        theirs = np.roll(self._recent, -1, axis=0) if self.placebo else self._recent
        ahead = theirs[:, None, :] - self._recent[:, :, None]  # [worlds, i, j] of j before i
        ahead *= ~np.eye(agents, dtype=bool)  # not with one's own seat
        envy = np.maximum(ahead, 0).sum(axis=2) / (agents - 1)
        guilt = np.maximum(-ahead, 0).sum(axis=2) / (agents - 1)
        self._recent[step.done] = 0
        payments: Floats = rewards - self.alpha * envy - self.beta * guilt
        return payments


def _wrap(worlds: Any, *, alpha: float, beta: float) -> SocialRewards:
    return SocialRewards(worlds, InequityAversion(alpha, beta))


def _wrap_placebo(worlds: Any, *, alpha: float, beta: float) -> SocialRewards:
    return SocialRewards(worlds, InequityAversion(alpha, beta, placebo=True))


INEQUITY_AVERSION = Method(
    "inequity_aversion",
    "agents feel envy and guilt towards the others",
    _wrap,
    settings={"alpha": 5.0, "beta": 0.05},
    serves="several",
)
INEQUITY_PLACEBO = Method(
    "inequity_placebo",
    "agents feel envy and guilt towards agents of another world: a control",
    _wrap_placebo,
    settings={"alpha": 5.0, "beta": 0.05},
    serves="several",
)
