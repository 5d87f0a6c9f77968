"""Social value orientation: agents weigh their own reward against that of the others."""

from typing import Any

import numpy as np

from agents.methods.method import Method
from agents.methods.social_rewards import Floats, SocialRewards, Step


class SocialValueOrientation:
    """Weighs an agent's own reward against the others' mean by an angle.

        u_i = cos(angle) r_i + sin(angle) mean over j of r_j

    Source: Murphy and Ackermann 2014; the simplest form of McKee et al. 2020. 0 degrees is selfish,
    45 prosocial, 90 altruistic.

    Args:
        angle: in degrees.
    """

    def __init__(self, angle: float = 45.0) -> None:
        self._own, self._theirs = np.cos(np.radians(angle)), np.sin(np.radians(angle))

    def __call__(self, step: Step) -> Floats:
        """Returns the weighted rewards."""
        rewards = step.rewards
        theirs = (rewards.sum(axis=1, keepdims=True) - rewards) / (rewards.shape[1] - 1)
        payments: Floats = self._own * rewards + self._theirs * theirs
        return payments


def _wrap(worlds: Any, *, angle: float) -> SocialRewards:
    return SocialRewards(worlds, SocialValueOrientation(angle))


SOCIAL_VALUE = Method(
    "social_value",
    "agents weigh their own reward against the others' mean by an angle in degrees",
    _wrap,
    settings={"angle": 45.0},
    serves="several",
)
