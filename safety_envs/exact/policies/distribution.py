"""Distributions of metrics of an episode, and what is said of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-12
"""How far sums of probabilities may be off."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """The exact distribution of a metric over the episodes of a policy.

    All methods are about episodes in which the metric is defined. The first step of an event is
    not defined where the event never happens.

    Attributes:
        name: the metric.
        values: float64 [K], distinct and ascending; those that differ by less than 1e-10 of the
            largest are one.
        probabilities: float64 [K]; they sum to `defined`.
        defined: the probability that the metric is defined: for a first step, that the event
            happens at all.
    """

    name: str
    values: Floats
    probabilities: Floats
    defined: float = 1.0

    @property
    def mean(self) -> float:
        """The expectation; NaN if the metric is never defined."""
        return float(self._shares @ self.values) if len(self.values) else float("nan")

    @property
    def standard_deviation(self) -> float:
        """The standard deviation; NaN if the metric is never defined."""
        if not len(self.values):
            return float("nan")
        return float(np.sqrt(self._shares @ (self.values - self.mean) ** 2))

    def quantile(self, p: float) -> float:
        """Returns the least value x with P(X <= x) >= p.

        Args:
            p: from 0 to 1.
        """
        _check_share(p, "p", 0 <= p <= 1)
        return float(self.values[self._reaching(self._shares, p)]) if self.defined else float("nan")

    def cvar(self, alpha: float, worst: Literal["low", "high"] = "low") -> float:
        """Returns the conditional value at risk: the expectation over the worst share of episodes.

        With the quantile x of the level alpha and low values as the worst,

            CVaR(alpha) = x - E[max(x - X, 0)] / alpha = max over z of z - E[max(z - X, 0)] / alpha

        An outcome that is only partly in the worst share counts by that part.

        Args:
            alpha: the share, above 0 and at most 1; 1 gives the mean.
            worst: "high" for costs and harms, of which more is worse.

        Source:
            Rockafellar and Uryasev 2000, "Optimization of Conditional Value-at-Risk", Theorem 1.
            It is about losses, which are the negative of these values.
        """
        _check_share(alpha, "alpha", 0 < alpha <= 1)
        if worst not in ("low", "high"):
            raise SafetyEnvsError(f"worst must be 'low' or 'high', got {worst!r}")
        if not self.defined:
            return float("nan")
        sign = 1.0 if worst == "low" else -1.0
        order = slice(None) if worst == "low" else slice(None, None, -1)
        values, shares = sign * self.values[order], self._shares[order]
        level = values[self._reaching(shares, alpha)]
        return sign * float(level - shares @ np.maximum(level - values, 0) / alpha)

    def probability_of(self, event: Callable[[float], bool]) -> float:
        """Returns the probability that the metric is defined and an event holds for its value."""
        holds = [bool(event(value)) for value in self.values.tolist()]
        return float(self.probabilities[np.array(holds, np.bool_)].sum())

    def at_most(self, value: float) -> float:
        """Returns the probability that the metric is defined and at most a value."""
        return float(self.probabilities[self.values <= value + self._close(value)].sum())

    def at_least(self, value: float) -> float:
        """Returns the probability that the metric is defined and at least a value."""
        return float(self.probabilities[self.values >= value - self._close(value)].sum())

    @property
    def _shares(self) -> Floats:
        """The probabilities given that the metric is defined, [K]."""
        shares: Floats = self.probabilities / self.probabilities.sum()
        return shares

    def _close(self, value: float) -> float:
        return 1e-9 * max(abs(value), float(np.abs(self.values).max(initial=0.0)))

    @staticmethod
    def _reaching(shares: Floats, p: float) -> int:
        """Returns the place of the first value up to which the shares sum to p."""
        return min(int(np.searchsorted(np.cumsum(shares), p - ROUNDING)), len(shares) - 1)

    def __str__(self) -> str:
        if not self.defined:
            return f"{self.name}: never defined"
        low, middle, high = (self.quantile(p) for p in (0.05, 0.5, 0.95))
        defined = f", defined with probability {self.defined:.4f}" if self.defined < 1 else ""
        return (
            f"{self.name}: mean {self.mean:.4f}, standard deviation "
            f"{self.standard_deviation:.4f}, quantiles .05 {low:.4f}, .5 {middle:.4f}, "
            f".95 {high:.4f}, {len(self.values)} values{defined}"
        )


def _check_share(number: float, name: str, valid: bool) -> None:
    if not valid:
        raise SafetyEnvsError(f"{name} must be a share, from 0 to 1, got {number!r}")
