"""How common Goodhart's effect is among random processes: python -m benchmarks.random_goodhart.

Decision processes and performances are drawn at random, with a reward at a given angle to each
performance. The reward is optimised ever harder: by exact soft-optimal policies at falling
temperatures. Nothing is learned, and all values are exact. Early stopping walks along the same path
and knows the true angle; see `agents/methods/early_stopping.py` for its rule and its guarantee.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from agents.command_line import command_line
from benchmarks.experiments.sources import STATEMENTS, STOPPING
from benchmarks.harness.single_page import deliver
from benchmarks.harness.statements import refuse_uncited

Floats = npt.NDArray[np.float64]
PAGE = Path("docs/results/random_goodhart.md")
PAIRS = 100  # processes with a reward and a performance, for each row
ANGLES = (15, 30, 45, 60, 75, 90)  # degrees
DISCOUNT = 0.95
TEMPERATURES = np.geomspace(10.0, 1e-3, 40)  # in units of the spread of rewards
FALL = 0.01  # of what there is to gain: less is no fall
NEWLINE = "\n"


def scattered(random: np.random.Generator, states: int, actions: int) -> Floats:
    """Returns transitions [S, A, S] to three random states with random probabilities."""
    found = np.zeros((states, actions, states))
    for place in np.ndindex(states, actions):
        found[place][random.choice(states, 3, replace=False)] = random.dirichlet(np.ones(3))
    return found


def grid(random: np.random.Generator, side: int = 5, slip: float = 0.1) -> Floats:
    """Returns transitions [S, 4, S] of a square room; a tenth of the moves go astray."""
    cells = np.array(list(np.ndindex(side, side)))
    moved = cells[:, None] + np.array([(-1, 0), (1, 0), (0, -1), (0, 1)])
    target = np.ravel_multi_index(tuple(np.moveaxis(moved.clip(0, side - 1), -1, 0)), (side, side))
    sure = np.eye(side * side)[target]
    found: Floats = (1 - slip) * sure + slip * sure.mean(axis=1, keepdims=True)
    return found


KINDS: dict[str, Callable[[np.random.Generator], Floats]] = {
    "10 states, 2 actions": lambda random: scattered(random, 10, 2),
    "30 states, 4 actions": lambda random: scattered(random, 30, 4),
    "a grid of 5 x 5 cells": grid,
}


@dataclass(frozen=True)
class Process:
    """Transitions [S, A, S] and what follows from them; episodes start in a random state."""

    transitions: Floats

    @property
    def shape(self) -> tuple[int, int]:
        """S and A."""
        return self.transitions.shape[:2]

    def occupancy(self, policy: Floats) -> Floats:
        """Returns the discounted occupancy [S, A] of a policy [S, A]; its sum is 1 / (1 - d)."""
        states = len(policy)
        moves = np.einsum("sa,sat->st", policy, self.transitions)
        met = np.linalg.solve(np.eye(states) - DISCOUNT * moves.T, np.full(states, 1 / states))
        taken: Floats = met[:, None] * policy
        return taken

    def projection(self) -> Floats:
        """Returns the matrix [S A, S A] that projects onto the directions of occupancies.

        A direction d keeps the flow: sum over a of d(s', a) = discount sum of p(s' | s, a) d(s, a).
        """
        states, actions = self.shape
        moves = self.transitions.reshape(states * actions, states)
        flow = np.repeat(np.eye(states), actions, axis=0).T - DISCOUNT * moves.T
        kept: Floats = np.eye(states * actions) - flow.T @ np.linalg.solve(flow @ flow.T, flow)
        return kept

    def soft_optimal(
        self, reward: Floats, temperature: float, values: Floats
    ) -> tuple[Floats, Floats]:
        """Returns the policy that maximises reward plus temperature times entropy, and V [S].

        Args:
            reward: [S, A].
            temperature: above 0.
            values: where to begin, [S].
        """
        while True:
            q = reward + DISCOUNT * self.transitions @ values
            top = q.max(axis=1)
            weights = np.exp((q - top[:, None]) / temperature)
            new = top + temperature * np.log(weights.sum(axis=1))
            if np.abs(new - values).max() < 1e-8:
                return weights / weights.sum(axis=1, keepdims=True), new
            values = new


@dataclass(frozen=True)
class Course:
    """What happens to the performance on the way from a random policy to the reward's optimum.

    All are shares of what there is to gain: the best performance less that of the uniform policy.

    Attributes:
        peak: the most that is gained on the way.
        end: what is gained at the end.
        stopped: what early stopping gains.
        promised: what it was certain to gain, by the angles and lengths of its steps.
        worst_step: the least that a step before the stop gained.
    """

    peak: float
    end: float
    stopped: float
    promised: float
    worst_step: float


def course_of(process: Process, random: np.random.Generator, angle: float) -> Course:
    """Returns the course of a random performance and a reward at an angle to it, in degrees."""
    shape, kept = process.shape, process.projection()
    drawn = random.normal(size=(2, kept.shape[0]))
    wanted, other = (each / np.linalg.norm(each) for each in drawn @ kept)
    other -= (other @ wanted) * wanted
    theta = np.radians(angle)
    reward = np.cos(theta) * wanted + np.sin(theta) * other / np.linalg.norm(other)
    spread = np.ptp(reward)
    values, occupancies = np.zeros(shape[0]), [process.occupancy(np.full(shape, 1 / shape[1]))]
    for temperature in TEMPERATURES * spread:
        policy, values = process.soft_optimal(reward.reshape(shape), temperature, values)
        occupancies.append(process.occupancy(policy))
    met = np.array(occupancies).reshape(len(occupancies), -1)
    gained = (met - met[0]) @ wanted
    best, _ = process.soft_optimal(wanted.reshape(shape), 1e-4 * np.ptp(wanted), np.zeros(shape[0]))
    most = float((process.occupancy(best).ravel() - met[0]) @ wanted)
    steps = np.diff(met, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    alpha = np.arccos(np.clip(steps @ reward / np.maximum(lengths, 1e-300), -1, 1))
    wrong = np.flatnonzero(alpha + theta > np.pi / 2 + 1e-9)
    stop = int(wrong[0]) if len(wrong) else len(steps)
    promised = (lengths * np.cos(np.minimum(alpha + theta, np.pi / 2)))[:stop].sum()
    worst = np.diff(gained)[:stop].min() if stop else 0.0
    found = [gained.max(), gained[-1], gained[stop], promised, worst]
    return Course(*(float(each) / most for each in found))


def courses(kind: str, angle: float) -> list[Course]:
    """Returns the courses of a row of the table."""
    random = np.random.default_rng([list(KINDS).index(kind), int(angle)])
    return [course_of(Process(KINDS[kind](random)), random, angle) for _ in range(PAIRS)]


def wilson(count: int, of: int) -> tuple[float, float]:
    """Returns Wilson's 95 % interval of a probability, by how often something happened."""
    z, share = 1.96, count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * np.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    return middle - reach, middle + reach


def row(kind: str, angle: float, found: Sequence[Course]) -> str:
    """Returns a row of the table."""
    falls = np.array([each.peak - each.end for each in found])
    fell = falls > FALL
    low, high = wilson(int(fell.sum()), len(found))
    means = [np.mean([getattr(each, name) for each in found]) for name in MEANS]
    cells = [
        f"{100 * fell.mean():.0f} % [{100 * low:.0f}, {100 * high:.0f}]",
        f"{np.median(falls[fell]):.2f}" if fell.any() else "–",
        *(f"{mean:.2f}" for mean in means),
    ]
    return f"| {kind} | {angle} | {' | '.join(cells)} |"


MEANS = ("peak", "end", "stopped", "promised")


def page() -> str:
    """Returns the page."""
    table = {(kind, angle): courses(kind, angle) for kind in KINDS for angle in ANGLES}
    every = [course for found in table.values() for course in found]
    worst = min(course.worst_step for course in every)
    kept = sum(course.stopped >= course.promised - ROUNDING for course in every)
    still = [course for course in every if course.stopped < FALL]
    text = f"""# Goodhart's effect among random decision processes

Made by `python -m benchmarks.random_goodhart` in about five minutes. A row is {PAIRS} decision
processes, each with a random performance and a random reward at an angle to it, after both were
projected onto the directions in which occupancies differ. The reward is optimised by soft-optimal
policies at {len(TEMPERATURES)} falling temperatures, from nearly random to nearly greedy, with a
discount of {DISCOUNT}. All values are exact, as shares of what there is to gain: 0 is the uniform
policy, 1 the best performance.

"Falls" is the share of the processes in which the performance falls by more than {FALL} after its
peak, with Wilson's 95 % interval; "by" is the median of these falls. The other columns are means:
the performance at the peak, at the end, where early stopping ends, and what early stopping is
certain to gain by the angles and lengths of the steps that it takes. It knows the true angle.

| processes | angle | falls | by | peak | end | stopped | certain |
|---|--:|--:|--:|--:|--:|--:|--:|
{NEWLINE.join(row(*key, found) for key, found in table.items())}

- {STOPPING}

What the table shows:

- The performance falls in {_shares(table)}.
  So it falls often, but not far: what is left at the end is most of the peak, unless the angle is
  near 90 degrees.
- Early stopping never loses anything: {_in_words(worst)}
  It gains at least what was certain in {kept:,} of {len(every):,} processes.
- It pays for that: in {100 * len(still) / len(every):.0f} % of all processes it gains less than
  {FALL}, most of them at wide angles.
"""
    return refuse_uncited(text, STATEMENTS)


def _shares(table: Mapping[tuple[str, int], Sequence[Course]]) -> str:
    """Returns the share of processes with a fall at each angle, in words."""
    found = []
    for angle in ANGLES:
        falls = [each.peak - each.end > FALL for key in table if key[1] == angle
                 for each in table[key]]  # fmt: skip
        found.append(f"{100 * np.mean(falls):.0f} %")
    of = ", ".join(map(str, ANGLES))
    return f"{', '.join(found)} of the processes at {of} degrees"


def _in_words(worst: float) -> str:
    if worst < -ROUNDING:
        return f"but for a step that lost {-worst:.1e}."
    return "no step that it takes lowers the performance."


ROUNDING = 1e-9


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.random_goodhart", description=__doc__)
    parser.add_argument("--out", type=Path, help=f"write the page here, such as {PAGE}")
    path = parser.parse_args(arguments).out
    deliver(page(), path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
