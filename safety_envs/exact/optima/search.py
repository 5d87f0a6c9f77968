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

from typing import Any, NamedTuple

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
    reward: float  # of that episode
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
        self.configuration = configuration
        self._model = self._listed(self._simpler(start))

    def _simpler(self, worlds: Worlds) -> Worlds:
        return self._relaxed(self.configuration.level, worlds)

    def _listed(self, worlds: Worlds) -> Model:
        """Returns the model of simpler worlds [N] and of all that follows them."""
        starts = np.unique(worlds)
        return enumerate_model(self.configuration, starts, np.full(len(starts), 1 / len(starts)))

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
        model, steps = self._model, self.configuration.max_steps
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
    first = layers.run(start, Best(), FIRST)
    width = max(FIRST, most // layers.configuration.max_steps)
    again = layers.run(start, Best(first.low, first.reward), width)
    return again._replace(
        high=min(first.high, again.high), num_states=first.num_states + again.num_states
    )


class Best(NamedTuple):
    """The greatest total of an episode that is known, and its reward."""

    total: float = -np.inf
    reward: float = -np.inf

    def or_one_of(self, ways: "_Ways") -> "Best":
        """Returns the best of this one and of some ways that are whole episodes."""
        if not len(ways.total) or ways.total.max() <= self.total:
            return self
        best = int(ways.total.argmax())
        return Best(float(ways.total[best]), float(ways.reward[best]))


class _Ways(NamedTuple):
    """Ways from the start to worlds [N]."""

    worlds: Worlds
    total: Floats  # [N] what was paid
    reward: Floats  # [N] its part that is reward, not weighted

    def some(self, which: npt.NDArray[Any]) -> "_Ways":
        return _Ways(*(each[which] for each in self))


class _Layers:
    """Lists worlds step by step."""

    def __init__(self, relaxed: Relaxed, a: float, b: float) -> None:
        self.configuration = relaxed.configuration
        self._bound, self._weights = relaxed.most(a, b), (a, b)
        self._expander = Expander(self.configuration)
        self._performance = self.configuration.channels.index("performance")

    def run(self, start: Worlds, best: Best, width: int) -> Searched:
        """Returns the bounds by a list with at most `width` worlds after each step.

        Args:
            start: structured [1].
            best: the best episode that is known.
            width: how many worlds are kept.
        """
        ways = _Ways(start, np.zeros(1), np.zeros(1))
        ceiling, listed = -np.inf, 0
        with counting(f"worlds of {self.configuration.id}") as show:
            for left in range(self.configuration.max_steps - 1, -1, -1):
                ways, ended = self._after(ways)
                best = best.or_one_of(ended)
                if left == 0:
                    best = best.or_one_of(ways)
                    break
                bounds = ways.total + self._bound(ways.worlds, left)
                kept = np.flatnonzero(bounds > _above(best.total))
                if len(kept) > width:
                    order = kept[np.argpartition(-bounds[kept], width)]
                    ceiling = max(ceiling, float(bounds[order[width:]].max()))
                    kept = order[:width]
                ways = ways.some(kept)
                listed += len(kept)
                show(listed)
                if not len(kept):
                    break
        return Searched(best.total, max(best.total, ceiling), best.reward, listed)

    def _after(self, ways: _Ways) -> tuple[_Ways, _Ways]:
        """Returns the best ways to all worlds that follow, and the ways that end an episode."""
        after = WorldIndex(self.configuration.world)
        going: list[_Ways] = []
        ended = [ways.some(np.zeros(0, np.int64))]
        numbers = [np.zeros(0, np.int64)]
        for begin in range(0, len(ways.worlds), CHUNK):
            chunk = ways.worlds[begin : begin + CHUNK]
            out = self._expander.outcomes(chunk)
            if len(out.source) != len(chunk) * len(self._expander.actions):
                raise SafetyEnvsError(
                    f"{self.configuration.id} has steps with several outcomes, so it cannot be "
                    "searched: give a function as relaxation="
                )
            a, b = self._weights
            paid = a * out.rewards + b * out.channels[:, self._performance]
            source = begin + out.source
            every = _Ways(out.worlds, ways.total[source] + paid, ways.reward[source] + out.rewards)
            ended.append(every.some(out.terminated))
            going.append(every.some(~out.terminated))
            numbers.append(after.add(going[-1].worlds))
        return _best_of_each(np.concatenate(numbers), _joined(going or ended[:1])), _joined(ended)


def _joined(parts: list[_Ways]) -> _Ways:
    return _Ways(*map(np.concatenate, zip(*parts, strict=True)))


def _best_of_each(numbers: npt.NDArray[np.int64], ways: _Ways) -> _Ways:
    """Returns the way with the greatest total of each number [N]."""
    order = np.lexsort((ways.total, numbers))
    is_last = np.diff(numbers[order], append=-1) != 0
    return ways.some(order[is_last])


def _above(total: float) -> float:
    """Returns what a bound must exceed to promise more than a total."""
    return total + MARGIN * max(1.0, abs(total)) if np.isfinite(total) else total
