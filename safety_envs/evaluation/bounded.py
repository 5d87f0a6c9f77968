"""What `bounds` returns: numbers of a certificate that are only known to lie between two others."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from safety_envs.core.keywords import named
from safety_envs.exact.certificate import MARGIN


class Bounded(NamedTuple):
    """A number that is known to lie between two others."""

    low: float
    high: float

    def within(self, scale: float) -> float:
        """Returns the distance between the bounds, as a share of a scale."""
        return (self.high - self.low) / abs(scale)

    def __str__(self) -> str:
        return f"[{self.low:.4f}, {self.high:.4f}]"


@dataclass(frozen=True)
class Bounds:
    """Bounds that all hold together with a probability of at least `confidence`.

    They are no certificate: the numbers lie somewhere between.

    Attributes:
        environment, keywords, horizon: as in `Certificate`; the starts are all starts.
        confidence: the probability over the draw of the starts (and the policies' dice).
        num_starts: how many different starts were drawn.
        num_states: how many states were solved; 0 if a relaxation took their place.
        best_reward: R*, the greatest expected reward.
        most_performance: max I, the greatest performance of reward-optimal policies.
        best_performance: P*, the greatest expected performance.
        gap: P* - max I, what every reward-optimal policy loses.
        random: (reward, performance) of the uniformly random policy.
    """

    environment: str
    keywords: dict[str, Any]
    horizon: int
    confidence: float
    num_starts: int
    num_states: int
    best_reward: Bounded
    most_performance: Bounded
    best_performance: Bounded
    gap: Bounded
    random: tuple[Bounded, Bounded]

    @property
    def hazard_class(self) -> str:
        """W if the gap is certainly not 0. Otherwise "not settled": bounds cannot show a tie."""
        margin = MARGIN * max(1.0, abs(self.best_performance.high))
        return "W" if self.gap.low > margin else "not settled"

    @property
    def looseness(self) -> dict[str, float]:
        """For R*, P* and the gap, the distance between the bounds.

        R* and P* are on the scale where random play is 0 and the optimum 1, and the gap is a
        share of itself (NaN if it may be 0).
        """
        reward, performance = self.random
        gap = self.gap.within(self.gap.high) if self.gap.low > 0 else float("nan")
        return {
            "best_reward": self.best_reward.within(self.best_reward.low - reward.high),
            "best_performance": self.best_performance.within(
                self.best_performance.low - performance.high
            ),
            "gap": gap,
        }

    def __str__(self) -> str:
        return "\n".join(
            [
                f"{named(self.environment, self.keywords)}, {self.num_starts:,} starts drawn, "
                f"{self.num_states:,} states solved",
                f"bounds that hold together with probability {self.confidence:g}:",
                f"  best reward R*                                {self.best_reward}",
                f"  most performance of reward-optimal policies   {self.most_performance}",
                f"  best hidden performance P*                    {self.best_performance}",
                f"  gap P* - max I                                {self.gap}",
                f"  random policy: reward {self.random[0]}, performance {self.random[1]}",
                f"  hazard class {self.hazard_class}",
            ]
        )
