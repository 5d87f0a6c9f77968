"""Bounds on the numbers of a certificate, where the numbers themselves are out of reach.

There are two reasons why an environment can be too large for `certify`:

Too many starts. Each start is solved exactly, but only some are drawn. The mean over all starts
then lies between bounds that hold with a chosen probability, for any number of starts that were
drawn (`safety_envs.statistics.bounded`).

Too many states from one start. Then a relaxation bounds the optima from above: a function

    U(s; a, b) >= max over policies of a E[reward] + b E[performance] from the start s

that the user has proved, and policies that are played bound them from below. Any reward-optimal
policy earns R*, so for any price x >= 0 its performance is at most E[U(s; x, 1)] - x R*, and the
gap P* - max I is at least P* less the smallest of these.

Where a definition declares `relaxed` and steps have no chance, a search closes in on the optima of
each start from both sides; see `exact.optima.search`. Its upper bounds are U.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration, Interval
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.envs import Asked
from safety_envs.evaluation.bounded import Bounded, Bounds
from safety_envs.exact.analysis import Case, case_of
from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.expand import UnlistedStartsError
from safety_envs.exact.optima.search import MARGIN, Relaxed, Searched, search
from safety_envs.exact.optima.solve import Values
from safety_envs.exact.optima.starts import values_of_each
from safety_envs.policies import policy as policy_of
from safety_envs.policies import rollout
from safety_envs.statistics.bounded import bounds_of_mean

Relaxation = Callable[[npt.NDArray[np.void], float, float], npt.NDArray[np.float64]]

PRICES = (0.25, 0.5, 1.0, 2.0, 4.0)
"""What a unit of reward may be worth, in units of performance, when the gap is bounded."""


PRICE_OF_SEARCH = 100.0
"""What a unit of reward is worth where a search bounds max I, in units of performance."""


def bounds(
    environment: Asked,
    *,
    starts: int = 1000,
    confidence: float = 0.99,
    horizon: int | None = None,
    policies: Sequence[Any] = (),
    relaxation: Relaxation | Literal["search"] | None = None,
    episode_range: tuple[Interval, Interval] | None = None,
    most_states: int = 1_000_000,
    **keywords: Any,
) -> Bounds:
    """Returns bounds on R*, P* and the gap, as expectations over all starts.

    Without `relaxation` every start that is drawn is solved exactly. If all starts can be listed
    and there are not more than `starts`, none is drawn and the bounds meet.

    Args:
        environment: an id, a definition or a configuration; for one agent, with nothing hidden.
        starts: how many starts are drawn: those of the seeds 0 .. starts-1.
        confidence: the probability, at least, that all bounds hold together.
        horizon: steps of an episode; `max_steps` if None.
        policies: names, or policies of `rollout`; with `relaxation` they bound R* and P* from
            below.
        relaxation: function(worlds [N], a, b) -> float64 [N], at least the greatest a * reward +
            b * performance from each start. That it is so must be proved: it is not checked.
            "search": by the definition's own `relaxed`, for steps without chance.
        episode_range: ((least, most) reward, (least, most) performance) of any episode; the
            definition's if None.
        most_states: the largest number of states of one start. A search never fails: it leaves
            out the least promising, and the bounds are wider.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: one start has too many states, and there is no `relaxation`.
        SafetyEnvsError: several agents, hidden fields, or no range of what an episode can pay.
    """
    case = case_of(environment, horizon, None, starts, keywords, most_states)
    definition = case.configuration.environment
    if definition.is_multi_agent or definition.hidden:
        what = "has several agents" if definition.is_multi_agent else "hides fields"
        raise SafetyEnvsError(
            f"{case.configuration.id} {what}, but bounds are for one agent that sees the world: "
            "use certify"
        )
    drawn = _all_of(case, starts) or _drawn(case)
    estimate = _Estimate(_range_of(case.configuration, episode_range), confidence, drawn)
    if relaxation is None:
        try:
            return _by_solving(case, estimate, most_states)
        except TooManyStatesError as error:
            if definition.relaxed is None:
                raise
            raise TooManyStatesError(f'{error}, or give relaxation="search"') from error
    if relaxation == "search":
        return _by_search(case, estimate, most_states)
    if not policies:
        raise SafetyEnvsError('relaxation= bounds from above: give policies=["random"] or better')
    return _by_relaxation(case, estimate, relaxation, policies)


class _Drawn(NamedTuple):
    """Different starts, and how the drawn episodes go through them."""

    worlds: npt.NDArray[np.void]  # [K]
    weights: npt.NDArray[np.float64] | None  # [K] if these are all starts: their probabilities
    which: npt.NDArray[np.int64]  # [N] in the order of the seeds


def _all_of(case: Case, most: int) -> _Drawn | None:
    try:
        worlds, probabilities = case_of(case.configuration, None, None, None, {}).known
    except UnlistedStartsError:
        return None
    if len(worlds) > most:
        return None
    return _Drawn(worlds, probabilities, np.arange(len(worlds)))


def _drawn(case: Case) -> _Drawn:
    worlds, which = np.unique(case.drawn[0], return_inverse=True)
    return _Drawn(worlds, None, which)


def _range_of(
    configuration: Configuration, given: tuple[Interval, Interval] | None
) -> tuple[Interval, Interval]:
    declared = configuration.environment.episode_range
    if given is not None:
        return given
    if declared is None:
        raise SafetyEnvsError(
            f"{configuration.id} does not declare what an episode can pay: give episode_range="
            "((least, most) reward, (least, most) performance)"
        )
    return declared(configuration.level, configuration.max_steps)


class _Estimate:
    """Bounds on expectations over all starts, from the numbers of those that were drawn."""

    STATEMENTS = 6  # R*, max I, P*, the gap, and two of random play

    def __init__(self, ranges: tuple[Interval, Interval], confidence: float, drawn: _Drawn) -> None:
        self.ranges, self.confidence, self.drawn = ranges, confidence, drawn

    def mean(self, values: npt.NDArray[np.float64], kind: int, shared: int = 1) -> Bounded:
        """Returns bounds on the mean of the starts' values [K], each within the range of a kind.

        Args:
            values: float64 [K].
            kind: 0 for reward, 1 for performance.
            shared: how many means share one statement's part of the doubt.
        """
        return self.bounded(values, *self.ranges[kind], shared)

    def bounded(
        self, values: npt.NDArray[np.float64], least: float, most: float, shared: int = 1
    ) -> Bounded:
        """Returns bounds on the mean of the starts' values [K], each within [least, most]."""
        if self.drawn.weights is not None:
            mean = float(self.drawn.weights @ values)
            return Bounded(mean, mean)
        doubt = (1 - self.confidence) / self.STATEMENTS / shared
        return Bounded(*bounds_of_mean(values[self.drawn.which], least, most, 1 - doubt))

    def of_episodes(self, totals: npt.NDArray[np.float64], kind: int, shared: int) -> Bounded:
        """Returns bounds on the mean of played episodes [N]; their dice are drawn as well."""
        doubt = (1 - self.confidence) / self.STATEMENTS / shared
        return Bounded(*bounds_of_mean(totals, *self.ranges[kind], 1 - doubt))


def _by_solving(case: Case, estimate: _Estimate, most: int) -> Bounds:
    table, num_states = values_of_each(case.configuration, estimate.drawn.worlds, most)
    values = Values(*table.T)
    least, highest = estimate.ranges[1]
    return _bounds(
        case,
        estimate,
        num_states,
        best_reward=estimate.mean(values.best_reward, 0),
        most_performance=estimate.mean(values.most_performance, 1),
        best_performance=estimate.mean(values.best_performance, 1),
        gap=estimate.bounded(
            values.best_performance - values.most_performance, 0.0, highest - least
        ),
        random=(
            estimate.mean(values.uniform_reward, 0),
            estimate.mean(values.uniform_performance, 1),
        ),
    )


def _by_relaxation(
    case: Case, estimate: _Estimate, relaxation: Relaxation, policies: Iterable[Any]
) -> Bounds:
    played = [_played(case, each) for each in policies]
    below = [
        max(estimate.of_episodes(each[kind], kind, len(played)).low for each in played)
        for kind in (0, 1)
    ]
    worlds = estimate.drawn.worlds
    (least_r, most_r), (least_p, most_p) = estimate.ranges
    reward = Bounded(below[0], estimate.mean(relaxation(worlds, 1.0, 0.0), 0).high)
    performance = Bounded(below[1], estimate.mean(relaxation(worlds, 0.0, 1.0), 1).high)
    ceilings = [performance.high]
    for price in PRICES:
        sums = estimate.bounded(
            relaxation(worlds, price, 1.0),
            price * least_r + least_p,
            price * most_r + most_p,
            len(PRICES),
        )
        ceilings.append(sums.high - price * reward.low)
    most = min(ceilings)
    random = _played(case, "random")
    return _bounds(
        case,
        estimate,
        0,
        best_reward=reward,
        most_performance=Bounded(least_p, most),
        best_performance=performance,
        gap=Bounded(max(0.0, performance.low - most), performance.high - least_p),
        random=(estimate.of_episodes(random[0], 0, 1), estimate.of_episodes(random[1], 1, 1)),
    )


def _by_search(case: Case, estimate: _Estimate, most: int) -> Bounds:
    """Bounds by a search from each start, for three weighted sums of reward and performance."""
    weights = (1.0, 0.0), (0.0, 1.0), (PRICE_OF_SEARCH, 1.0)
    found: list[list[Searched]] = []
    for world in estimate.drawn.worlds:
        start = np.array([world])
        relaxed = Relaxed(case.configuration, start)
        found.append([search(relaxed, start, a, b, most) for a, b in weights])
    low, high = (np.array([[each[k] for each in start] for start in found]).T for k in (0, 1))
    (least, highest), reward_high = estimate.ranges[1], high[0]
    # The episode with the greatest weighted sum is reward-optimal if no reward is greater.
    reward = np.array([start[2].reward for start in found])
    optimal = reward >= reward_high - MARGIN * np.maximum(1.0, abs(reward_high))
    least_i = np.where(optimal, low[2] - PRICE_OF_SEARCH * reward, least)
    most_i = np.minimum(high[1], high[2] - PRICE_OF_SEARCH * low[0])

    def between(
        below: npt.NDArray[np.float64], above: npt.NDArray[np.float64], ends: Interval
    ) -> Bounded:
        sides = [estimate.bounded(each, *ends, shared=2) for each in (below, above)]
        return Bounded(sides[0].low, sides[1].high)

    random = _played(case, "random")
    return _bounds(
        case,
        estimate,
        sum(each.num_states for start in found for each in start),
        best_reward=between(low[0], reward_high, estimate.ranges[0]),
        most_performance=between(least_i, most_i, (least, highest)),
        best_performance=between(low[1], high[1], (least, highest)),
        gap=between(np.maximum(0.0, low[1] - most_i), high[1] - least_i, (0.0, highest - least)),
        random=(estimate.of_episodes(random[0], 0, 1), estimate.of_episodes(random[1], 1, 1)),
    )


def _played(case: Case, policy: Any) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Returns reward and performance, [N], of one episode of each seed."""
    if isinstance(policy, str):
        policy = policy_of(policy, case.configuration)
    assert isinstance(case.starts, int)
    totals = rollout(case.configuration, policy, range(case.starts))
    return totals["reward"], totals["performance"]


def _bounds(case: Case, estimate: _Estimate, num_states: int, **found: Any) -> Bounds:
    return Bounds(
        environment=case.configuration.id,
        keywords=dict(case.configuration.keywords),
        horizon=case.horizon,
        confidence=estimate.confidence,
        num_starts=len(estimate.drawn.worlds),
        num_states=num_states,
        **found,
    )
