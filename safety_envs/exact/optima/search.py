"""Search: bounds on the optimum from one start without chance, where not all states can be listed.

A definition declares a relaxation by `relaxed`: for each world a simpler one in which at least as
much can be had. The simpler worlds are few, so their optimum U_k(s) with k steps to go is computed
exactly. Then worlds are listed step by step. With t of T steps taken, let G be the most that was
paid on a way to the world s, for payments without chance. Whatever follows,

    total <= G + U_{T-t}(s).

The best total so far is a lower bound L, because it was paid in an episode. A world is left out if
its bound is not above L, which loses nothing better; or because there are too many, those with the
least bounds first. Let C be the greatest bound of the latter. Every other episode ends in the list
and is counted in L, so

    L <= optimum <= max(L, C),

whatever the number of worlds that fit. If none of the second kind was left out, L is the optimum.
(Branch and bound with a beam; see Zhang 1998, "Complete Anytime Beam Search".)
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.progress import counting
from safety_envs.exact.models.enumeration import CHUNK
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.model import Model, enumerate_model
from safety_envs.exact.policies.choices import Floats, Worlds

FIRST = 256
"""The worlds kept in each step by the search that finds the first lower bound."""

MARGIN = 1e-9
"""Totals that differ by less, relative to the largest, count as equal."""


class Searched(NamedTuple):
    """Bounds on the optimum of a weighted sum of the reward and the performance."""

    low: float  # the total of an episode
    high: float
    num_states: int  # how many worlds were listed, with different numbers of steps taken


class Relaxed:
    """The optimum of the simpler worlds, and of what a world can have at most.

    Args:
        configuration: its definition declares `relaxed`.
        start: structured [1].

    Raises:
        SafetyEnvsError: it declares nothing; or see `certify`.
    """

    def __init__(self, configuration: Configuration, start: Worlds) -> None:
        if configuration.environment.relaxed is None:
            raise SafetyEnvsError(
                f"{configuration.id} does not declare `relaxed`, so it cannot be searched: give "
                "a function as relaxation="
            )
        self._relaxed = configuration.environment.relaxed
        self._configuration = configuration
        self._model = self._listed(self._simpler(start))

    def _simpler(self, worlds: Worlds) -> Worlds:
        return self._relaxed(self._configuration.level, worlds)

    def _listed(self, worlds: Worlds) -> Model:
        """Returns the model of simpler worlds [N] and of all that follows them."""
        starts = np.unique(worlds)
        return enumerate_model(self._configuration, starts, np.full(len(starts), 1 / len(starts)))

    def most(self, a: float, b: float) -> "Most":
        """Returns the most of a * reward + b * performance."""
        return Most(self, a, b)

    def find(self, worlds: Worlds) -> tuple[npt.NDArray[np.int64], bool]:
        """Returns the numbers of worlds' simpler worlds, [N], and whether new ones were listed."""
        simpler = self._simpler(worlds)
        found = self._model.index.find(simpler)
        if (found >= 0).all():
            return found, False
        self._model = self._listed(np.concatenate([self._model.index.worlds, simpler]))
        return self._model.index.find(simpler), True

    def values(self, a: float, b: float) -> Floats:
        """Returns the most of a * reward + b * performance, [T + 1, S], with k steps to go."""
        model, steps = self._model, self._configuration.max_steps
        paid = a * model.reward + b * model.performance
        pairs = np.repeat(np.arange(paid.size), np.diff(model.first))
        values = np.zeros((steps + 1, model.num_states + 1))  # the last one: after the end
        for k in range(1, steps + 1):
            shares = model.probability * values[k - 1, model.successor]
            later = np.bincount(pairs, shares, paid.size).reshape(paid.shape)
            values[k, :-1] = (paid + later).max(axis=1)
        return values


class Most:
    """Bounds from above on what can follow: of a * reward + b * performance."""

    def __init__(self, relaxed: Relaxed, a: float, b: float) -> None:
        self._relaxed, self._weights = relaxed, (a, b)
        self._values = relaxed.values(a, b)

    def __call__(self, worlds: Worlds, steps_left: int) -> Floats:
        """Returns the most that can follow worlds [N] with a number of steps to go, [N]."""
        numbers, changed = self._relaxed.find(worlds)
        if changed:
            self._values = self._relaxed.values(*self._weights)
        found: Floats = self._values[steps_left, numbers]
        return found


def search(relaxed: Relaxed, start: Worlds, a: float, b: float, most: int) -> Searched:
    """Returns bounds on the greatest a * reward + b * performance from a start.

    Args:
        relaxed: of the start's configuration.
        start: structured [1].
        a: at least 0.
        b: at least 0.
        most: how many worlds may be listed, those with different numbers of steps counted apart.

    Raises:
        SafetyEnvsError: a step has several outcomes.
    """
    layers = _Layers(relaxed, a, b)
    steps = layers.configuration.max_steps
    first = layers.run(start, -np.inf, FIRST)
    again = layers.run(start, first.low, max(FIRST, most // steps))
    return Searched(again.low, min(first.high, again.high), first.num_states + again.num_states)


class _Layers:
    """Lists worlds step by step."""

    def __init__(self, relaxed: Relaxed, a: float, b: float) -> None:
        self.configuration = relaxed._configuration
        self._bound, self._weights = relaxed.most(a, b), (a, b)
        self._expander = Expander(self.configuration)
        self._performance = self.configuration.channels.index("performance")

    def run(self, start: Worlds, low: float, width: int) -> Searched:
        """Returns the bounds by a list with at most `width` worlds after each step.

        Args:
            start: structured [1].
            low: a lower bound that is known.
            width: how many worlds are kept.
        """
        steps = self.configuration.max_steps
        worlds, paid = start, np.zeros(1)
        ceiling, listed = -np.inf, 0
        with counting(f"worlds of {self.configuration.id}") as show:
            for left in range(steps - 1, -1, -1):
                worlds, paid, ended = self._after(worlds, paid)
                low = max(low, ended, paid.max(initial=-np.inf) if left == 0 else -np.inf)
                bounds = paid + self._bound(worlds, left)
                kept = bounds > low + MARGIN * max(1.0, abs(low) if np.isfinite(low) else 0.0)
                worlds, paid, bounds = worlds[kept], paid[kept], bounds[kept]
                if len(worlds) > width:
                    order = np.argpartition(-bounds, width)
                    ceiling = max(ceiling, float(bounds[order[width:]].max()))
                    worlds, paid = worlds[order[:width]], paid[order[:width]]
                listed += len(worlds)
                show(listed)
                if not len(worlds):
                    break
        return Searched(low, max(low, ceiling), listed)

    def _after(self, worlds: Worlds, paid: Floats) -> tuple[Worlds, Floats, float]:
        """Returns the worlds after all actions in worlds [N], and the most that was paid on a way.

        Args:
            worlds: structured [N].
            paid: [N] the most that was paid on a way to them.

        Returns:
            The worlds [M], what was paid [M], and the greatest total of episodes that end here.
        """
        after, ended = WorldIndex(self.configuration.world), -np.inf
        parts: list[tuple[npt.NDArray[np.int64], Floats]] = []
        for begin in range(0, len(worlds), CHUNK):
            chunk = worlds[begin : begin + CHUNK]
            out = self._expander.outcomes(chunk)
            if len(out.source) != len(chunk) * len(self._expander.actions):
                raise SafetyEnvsError(
                    f"{self.configuration.id} has steps with several outcomes, so it cannot be "
                    "searched: give a function as relaxation="
                )
            a, b = self._weights
            total = paid[begin + out.source] + a * out.rewards
            total = total + b * out.channels[:, self._performance]
            ended = max(ended, total[out.terminated].max(initial=-np.inf))
            parts.append((after.add(out.worlds[~out.terminated]), total[~out.terminated]))
        best = np.full(len(after), -np.inf)
        for numbers, total in parts:
            np.maximum.at(best, numbers, total)
        return after.worlds, best, float(ended)
