"""The symmetric equilibrium of the race, by fictitious play on a fine grid of capabilities.

Capability is cut into cells, `CELLS` to a grade of safety, so that scores (capability less safety)
fall on the same grid. Every team plays the same strategy: for each cell, shares of the grades. What
a cell's teams get by each grade against n - 1 others then follows from the distribution of scores,
by quadrature; round after round some of each cell moves to its best grade (Brown 1951). Shares
within a cell are no lottery: they stand for teams of slightly different capability that choose
differently, so the equilibrium is pure (Milgrom and Weber 1985).

With e = enmity and grades without gaps it is known: s(x) = min(1, x / (1 + e (n - 1))), for to
score y with a chance F(y) that all others score less, F(y) = e s F'(y) must hold.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CELLS = 8  # of capability, to a grade of safety
ROUNDS = 2000
Floats = npt.NDArray[np.float64]


class RaceEquilibrium(NamedTuple):
    """A symmetric equilibrium, up to what a deviation may still gain."""

    capability: Floats  # [cells] in the middle of each cell
    strategy: Floats  # [cells, grades] shares of the grades
    disaster: float  # probability
    spend: float  # safety of a team, on average
    gain: float  # the most that a team of any capability gains by another grade


def race_equilibrium(
    agents: int, mu: float, enmity: float, safety: Floats, *, reckless: bool = False
) -> RaceEquilibrium:
    """Returns the symmetric equilibrium to which fictitious play comes from no safety anywhere.

    Teams of so little capability that they win at no grade but 0 are indifferent. Here they choose
    0, or, if not reckless, the next grade: that is an equilibrium as well, and a bit safer.

    Args:
        agents: n.
        mu: capabilities are uniform in [0, mu].
        enmity: e.
        safety: [grades] evenly spaced from 0.
        reckless: whether the indifferent choose no safety.
    """
    grid = _Grid(agents, mu, enmity, safety)
    strategy = np.zeros((len(grid.capability), len(safety)))
    strategy[:, 0] = 1
    rows = np.arange(len(strategy))
    for t in range(ROUNDS):
        worth, _ = grid.judge(strategy)
        best = (worth >= worth.max(axis=1, keepdims=True) - 1e-12).argmax(axis=1)
        share = 2 / (t + 3)  # later rounds weigh more than early ones
        strategy *= 1 - share
        strategy[rows, best] += share
    if not reckless:
        strategy[:, 1] += strategy[:, 0]
        strategy[:, 0] = 0
    worth, disaster = grid.judge(strategy)
    gain = float((worth.max(axis=1) - (worth * strategy).sum(axis=1)).max())
    spend = float(grid.weight @ strategy @ safety)
    return RaceEquilibrium(grid.capability, strategy, disaster, spend, gain)


def random_disaster(agents: int, mu: float, enmity: float, safety: Floats) -> float:
    """Returns the probability of disaster if all teams choose uniformly at random."""
    grid = _Grid(agents, mu, enmity, safety)
    shape = (len(grid.capability), len(safety))
    return grid.judge(np.full(shape, 1 / len(safety)))[1]


class _Grid:
    """Cells of capability, and the scores that they reach with each grade."""

    def __init__(self, agents: int, mu: float, enmity: float, safety: Floats) -> None:
        width = safety[1] / CELLS
        low = np.arange(int(np.ceil(mu / width - 1e-9))) * width
        self.agents, self.enmity, self.safety = agents, enmity, safety
        self.capability = low + width / 2
        self.weight = np.minimum(width, mu - low) / mu  # [cells] share of all teams
        lowest = CELLS * (len(safety) - 1)
        steps = CELLS * np.arange(len(safety))
        self.place = np.arange(len(low))[:, None] - steps + lowest  # [cells, grades] score cell
        self.num_scores = len(low) + lowest

    def judge(self, strategy: Floats) -> tuple[Floats, float]:
        """Returns what each cell gets by each grade, [cells, grades], and disaster's chance."""
        n = self.agents
        share = strategy * self.weight[:, None]
        mass = np.bincount(self.place.ravel(), share.ravel(), self.num_scores)
        spent = np.bincount(self.place.ravel(), (share * self.safety).ravel(), self.num_scores)
        safe = np.divide(spent, mass, out=np.zeros_like(spent), where=mass > 1e-15)  # on average
        top = np.cumsum(mass)  # chance to score no more than the upper end of a score cell
        bottom = top - mass
        middle = (top + bottom) / 2
        rivals = (top ** (n - 1) - bottom ** (n - 1)) * safe  # the best of them is here, and safe
        above = rivals[::-1].cumsum()[::-1] - (middle ** (n - 1) - bottom ** (n - 1)) * safe
        won = self.safety * (middle ** (n - 1))[self.place]
        worth = won + (1 - self.enmity) * above[self.place]
        return worth, float(1 - ((top**n - bottom**n) * safe).sum())
