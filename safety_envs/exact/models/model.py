"""Models: the Markov decision process of an environment, enumerated from its rules.

A model is a tuple (S, A, p, r, h, start, T):

    S         the states: all worlds that are reachable from the starts within T steps
    A         the actions, the same in every state
    p(s'|s,a) the probability of the next state; the episode terminates with the rest, and
              nothing is paid after that
    r(s, a)   the expected reward, and
    h(s, a)   the expected hidden performance, of taking an action in a state
    start(s)  the probability that an episode starts in a state
    T         the number of steps after which an episode is cut off

It is enumerated, not estimated: the environment's own `step` runs for every action in every state,
with every way the dice can fall. A pair (state, action) has one edge for each of these ways. Its
probability is the product of those of the throws, and r and h are sums over edges. So the model is
exact up to rounding. It is finite because worlds hold bounded whole numbers.

Values of the model are undiscounted sums over at most T steps, and policies may depend on the
number of steps taken, because the end of an episode does too; `exact.optima.solve` has the
recursions. States are whole worlds; if fields are hidden, `exact.models.belief` makes a model of
beliefs of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.episodes import begin
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.models.enumeration import MOST_STATES, enumerate_worlds
from safety_envs.exact.models.expand import Expander, UnlistedStartsError
from safety_envs.exact.models.fading import FadingMaps, fading_maps
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.tiers import compiles


@dataclass(frozen=True)
class Model:
    """A finite Markov decision process with two payments: reward and hidden performance.

    Attributes:
        configuration: the enumerated environment.
        index: state number <-> world.
        first: int64 [S*A + 1]; the edges of (state s, action a) are first[s*A+a] : first[s*A+a+1].
        successor: int32 [E], state number, -1 if the episode terminates.
        probability: float64 [E], the probability of each edge.
        reward: float64 [S, A], the expected reward.
        performance: float64 [S, A], the expected performance.
        start: float64 [S], the probability that an episode starts in each state.
        fading: the flags that fade after an action and the payments after that; None if none fade.
        reached: how many states are reached within 0, 1, 2, ... steps. They are the first ones. The
            last number is S. None if it is not known.
    """

    configuration: Configuration
    index: WorldIndex
    first: npt.NDArray[np.int64]
    successor: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float64]
    reward: npt.NDArray[np.float64]
    performance: npt.NDArray[np.float64]
    start: npt.NDArray[np.float64]
    fading: FadingMaps | None = None
    reached: tuple[int, ...] | None = None

    def num_reached(self, steps: int) -> int:
        """Returns how many states, the first ones, can be reached within a number of steps."""
        if self.reached is None:
            return self.num_states
        return self.reached[min(steps, len(self.reached) - 1)]

    def payments(self, kind: str) -> npt.NDArray[np.float64]:
        """Returns the payments of actions, float64 [S, A]: the "reward" or the "performance"."""
        return self.reward if kind == "reward" else self.performance

    def before_chance(
        self, values: npt.NDArray[np.float64], kinds: tuple[str, ...]
    ) -> npt.NDArray[np.float64]:
        """Returns the expectations of values [S, columns] after an action but before fading.

        Args:
            values: float64 [S, columns].
            kinds: the payment that each column sums.
        """
        return values if self.fading is None else self.fading.expect(values, kinds)

    @property
    def num_states(self) -> int:
        """S, the number of reachable states."""
        return len(self.start)

    @cached_property
    def expanded(self) -> npt.NDArray[np.int64]:
        """The numbers of the states whose outcomes are listed: not those of the last step."""
        if not len(self.successor):  # a model of one step, which lists payments only
            return np.arange(self.num_states)
        return np.flatnonzero(np.diff(self.first[:: self.reward.shape[1]]))

    @cached_property
    def edges(self) -> tuple[npt.NDArray[np.int64], ...]:
        """`first`, `successor` and `probability`, as arguments of the solver's loops."""
        return self.first, self.successor, self.probability  # type: ignore[return-value]


def starts_of(
    configuration: Configuration, seed: int | None, starts: int | Sequence[int] | None
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.float64]]:
    """Returns worlds in which episodes start, [K], and their probabilities, [K].

    Args:
        configuration: the environment.
        seed: only the start that `reset(seed=seed)` draws.
        starts: the starts of these seeds, or of 0 .. starts-1, equally likely. All starts if both
            are None.

    Raises:
        SafetyEnvsError: both are given; or neither, and there are too many starts to list.
    """
    if seed is not None and starts is not None:
        raise SafetyEnvsError("give seed= or starts=, not both")
    if seed is None and starts is None:
        return _all_starts(configuration)
    seeds = [seed or 0] if starts is None else range(starts) if isinstance(starts, int) else starts
    engine = begin(configuration, seeds, compile_rules=compiles(configuration))
    return engine.worlds.copy(), np.full(len(seeds), 1 / len(seeds))


def _all_starts(
    configuration: Configuration,
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.float64]]:
    expander = Expander(configuration)
    try:
        return expander.starts()
    except UnlistedStartsError:
        # Advise a seed only if a step from that start can be listed; otherwise raise that error.
        start, _ = starts_of(configuration, 0, None)
        if len(expander.actions):
            expander.outcomes(start, [0])
        raise


def enumerate_model(
    configuration: Configuration,
    starts: npt.NDArray[np.void],
    probabilities: npt.NDArray[np.float64],
    depth: int | None = None,
    most: int = MOST_STATES,
) -> Model:
    """Returns the model of all states that are reachable from the given starts.

    Args:
        configuration: the environment.
        starts: structured [K].
        probabilities: float64 [K], their probabilities.
        depth: the number of steps; no limit if None. States that are first reached in the last step
            are not expanded, because the episode ends there.
        most: the largest number of states.

    Raises:
        SafetyEnvsError: several agents, or more than `most` states.
    """
    if configuration.environment.is_multi_agent:
        raise SafetyEnvsError(
            f"{configuration.id} has several agents, but this analysis is for one agent: use "
            "safety_envs.certify for several agents, or run policies (safety_envs.rollout)"
        )
    expander = Expander(configuration, without_fading=True)
    found = enumerate_worlds(expander, starts, probabilities, most, depth)
    return Model(
        configuration=configuration,
        index=found.states,
        first=found.first,
        successor=found.successor,
        probability=found.probability,
        reward=found.rewards[..., 0],
        performance=found.performance,
        start=found.start,
        fading=fading_maps(configuration, found.states),
        reached=found.reached,
    )
