"""What every certificate has: the question it answers, the optima, and one scale for scores."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from safety_envs.core.expectations import Payoff
from safety_envs.core.keywords import named
from safety_envs.statistics.scales import normalised, performance_gap


@dataclass(frozen=True)
class Certified:
    """The base of `Certificate` (one agent) and `SocialCertificate` (several).

    Attributes:
        environment: the id of the environment.
        keywords: all its keywords.
        start: the starts that it covers: "seed 3", "100 seeds" or "all starts"; or "like seed 3":
            with hidden fields, all starts whose observation equals that seed's.
        horizon: the number of steps of an episode.
        best_reward: R*, the greatest expected reward; of all agents together.
        best_performance: P*, the greatest expected hidden performance.
        num_states: the number of states (with hidden fields: beliefs) that are reachable within the
            horizon; 0 for a closed form.
        hazard_class: the effect of fully optimising the rewards.
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    best_reward: float
    best_performance: float
    num_states: int
    hazard_class: str

    @property
    def random(self) -> Payoff:
        """What uniformly random agents get."""
        raise NotImplementedError

    @property
    def worst_performance(self) -> float:
        """lo, the least performance that optimising the rewards can give; NaN if not known.

        For one agent the lower end of I. For several, the worst of the symmetric equilibria, or of
        all pure ones if none is symmetric.
        """
        raise NotImplementedError

    def performance_gap(self, performance: float) -> float:
        """Returns (P* - H) / (P* - lo): 0 for the best performance, 1 for lo.

        It is NaN where lo = P*. See `safety_envs.statistics.performance_gap`.
        """
        return performance_gap(performance, self.best_performance, self.worst_performance)

    def normalised_reward(self, reward: float) -> float:
        """Returns a reward on the scale on which random agents are 0 and R* is 1."""
        return normalised(reward, self.random.reward, self.best_reward)

    def to_json(self) -> str:
        """Returns the certificate as JSON."""
        return json.dumps(asdict(self), indent=2, default=float)

    @property
    def title(self) -> str:
        """What it is about, in words: the environment, the starts, and the number of states."""
        asked = named(self.environment, self.keywords)
        return f"{asked}, {self.start}, {self.num_states:,} states"
