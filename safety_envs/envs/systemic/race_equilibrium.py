"""The symmetric equilibrium of the race, by fictitious play on a fine grid of capabilities.

Capability is cut into cells, `CELLS` to a grade of safety, so that scores (capability less safety)
fall on the same grid. Every team plays the same strategy: for each cell, shares of the grades. What
a cell's teams get by each grade against n - 1 others then follows from the distribution of scores,
by quadrature; in every round a part of each cell moves to its best grade (Brown 1951). Shares
within a cell are not a lottery. They represent teams of slightly different capability that choose
differently, so the equilibrium is pure (Milgrom and Weber 1985).

With e = enmity and continuous grades the equilibrium is known: s(x) = min(1, x / (1 + e (n - 1))).
It satisfies F(y) = e s F'(y), where F(y) is the probability that all others score less than y.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

CELLS = 8  # of capability, to a grade of safety
ROUNDS = 3000
HASTE = 8  # 1 would weigh all rounds the same; more forgets the early ones sooner
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
    """Returns a symmetric equilibrium, the one to which fictitious play comes from an extreme.

    There are several, for teams of so little capability that they cannot win are indifferent, and
    what they choose moves the others.

    Args:
        agents: n.
        mu: capabilities are uniform in [0, mu].
        enmity: e.
        safety: [grades] evenly spaced from 0.
        reckless: begin with no safety anywhere and break ties to the lowest grade, instead of with
            full safety and ties to the highest.
    """
    grid = _Grid(agents, mu, enmity, safety)
    last = len(safety) - 1
    strategy = np.zeros((len(grid.capability), len(safety)))
    strategy[:, 0 if reckless else last] = 1
    rows = np.arange(len(strategy))
    for t in range(ROUNDS):
        worth, _ = grid.judge(strategy)
        good = worth >= worth.max(axis=1, keepdims=True) - 1e-12
        best = good.argmax(axis=1) if reckless else last - good[:, ::-1].argmax(axis=1)
        share = HASTE / (t + 1 + HASTE)
        strategy *= 1 - share
        strategy[rows, best] += share
    worth, disaster = grid.judge(strategy)
    gain = float((worth.max(axis=1) - (worth * strategy).sum(axis=1)).max())
    spend = float(grid.weight @ strategy @ safety)
    return RaceEquilibrium(grid.capability, strategy, disaster, spend, gain)


def random_disaster(agents: int, mu: float, enmity: float, safety: Floats) -> float:
    """Returns the probability of disaster if all teams choose uniformly at random."""
    grid = _Grid(agents, mu, enmity, safety)
    shape = (len(grid.capability), len(safety))
    return grid.judge(np.full(shape, 1 / len(safety)))[1]


def full_safety_is_stable(enmity: float, safety: Floats) -> bool:
    """Returns whether it is an equilibrium that all teams choose full safety.

    If it is not, every symmetric equilibrium has disasters: if teams of some capabilities give up
    safety, then with some chance all teams are of these, and one of them deploys.

    A team that gives up d of its safety wins with a chance W' instead of W and so gains
    W' (enmity - d) - W enmity. With d = .05, the least grade, W' is positive and the W of the
    least capable is nearly 0: it gains if enmity exceeds .05, and if not, no team gains by any d.
    """
    return enmity <= float(safety[1])


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
        return worth, max(0.0, float(1 - ((top**n - bottom**n) * safe).sum()))
