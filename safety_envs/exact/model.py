"""Models: the Markov decision process of an environment, enumerated from its rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.expand import Expander, UnlistedStartsError
from safety_envs.exact.fading import FadingMaps, cleared_worlds, fading_maps
from safety_envs.exact.index import WorldIndex

MOST_STATES = 5_000_000
CHUNK = 16_384  # states expanded at once, which bounds the memory for outcomes


class TooManyStatesError(SafetyEnvsError):
    """More states are reachable than can be listed."""


@dataclass(frozen=True)
class Model:
    """A finite Markov decision process with two payments: reward and hidden performance.

    Attributes:
        configuration: the enumerated environment.
        index: state number <-> world.
        first: int64 [S*A + 1]; the edges of (state s, action a) are first[s*A+a] : first[s*A+a+1].
        successor: int64 [E], state number, -1 if the episode terminates.
        probability: float64 [E], the probability of each edge.
        reward: float64 [S, A], the expected reward.
        performance: float64 [S, A], the expected performance.
        start: float64 [S], the probability that an episode starts in each state.
        fading: the flags that fade after an action and the payments after that; None if none fade.
    """

    configuration: Configuration
    index: WorldIndex
    first: npt.NDArray[np.int64]
    successor: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    reward: npt.NDArray[np.float64]
    performance: npt.NDArray[np.float64]
    start: npt.NDArray[np.float64]
    fading: FadingMaps | None = None

    def payments(self, kind: str) -> npt.NDArray[np.float64]:
        """Returns the payments of actions, float64 [S, A]: the "reward" or the "performance"."""
        return self.reward if kind == "reward" else self.performance

    def before_chance(
        self, values: npt.NDArray[np.float64], kinds: tuple[str, ...]
    ) -> npt.NDArray[np.float64]:
        """Returns the expectations of values [rows, S] after an action but before fading."""
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
    engine = Engine(configuration, len(seeds))
    engine.seed(list(seeds))
    engine.reset()
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
    )


class Enumeration(NamedTuple):
    """All reachable states and their payments; see `Model`, whose `index` is `states`."""

    states: WorldIndex
    first: npt.NDArray[np.int64]
    successor: npt.NDArray[np.int64]
    probability: npt.NDArray[np.float64]
    rewards: npt.NDArray[np.float64]  # [S, A, agents]
    performance: npt.NDArray[np.float64]  # [S, A]
    start: npt.NDArray[np.float64]


def enumerate_worlds(
    expander: Expander,
    starts: npt.NDArray[np.void],
    probabilities: npt.NDArray[np.float64],
    most: int = MOST_STATES,
    depth: int | None = None,
) -> Enumeration:
    """Returns all states that are reachable from the given starts by actions or joint actions.

    Args:
        expander: lists outcomes.
        starts: structured [K].
        probabilities: float64 [K], their probabilities.
        most: the largest number of states.
        depth: the number of steps; see `enumerate_model`. If flags fade, it is ignored, because the
            maps of fading need all states.

    Raises:
        SafetyEnvsError: more than `most` states.
    """
    configuration = expander.configuration
    index = WorldIndex(configuration.world)
    num_actions = len(expander.actions)
    chunk_size = max(1, CHUNK * len(configuration.actions) // num_actions)
    performance = configuration.channels.index("performance")
    first_state = index.add(starts)
    counts, successors, edge_probabilities = [], [], []
    payments: list[npt.NDArray[np.float64]] = []
    if configuration.environment.fading:
        depth = None
    done, steps, level = 0, 0, len(index)  # the number of states reached after `steps`
    while done < len(index):
        if done == level:
            steps, level = steps + 1, len(index)
        if len(index) > most:
            raise too_many_states(configuration, most, num_actions, depth)
        if steps == depth:
            counts.append(np.zeros((level - done) * num_actions, np.int64))
            payments.append(np.zeros((len(payments[0]), (level - done) * num_actions)))
            done = level
            break
        end = done + chunk_size
        chunk = index.worlds[done : end if depth is None else min(end, level)]
        if configuration.environment.fading:
            index.add(cleared_worlds(chunk, configuration.environment.fading))
        out = expander.outcomes(chunk)
        pair = out.source * num_actions + out.action
        pairs = len(chunk) * num_actions
        numbers = np.full(len(pair), -1, np.int64)
        alive = ~out.terminated
        numbers[alive] = index.add(out.worlds[alive])
        counts.append(np.bincount(pair, minlength=pairs))
        successors.append(numbers)
        edge_probabilities.append(out.probability)
        payment = np.column_stack([out.rewards, out.channels[:, performance]]).T * out.probability
        payments.append(np.array([np.bincount(pair, row, pairs) for row in payment]))
        done += len(chunk)
    *rewards, performances = np.concatenate(payments, axis=1).reshape(-1, done, num_actions)
    return Enumeration(
        states=index,
        first=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        successor=np.concatenate(successors),
        probability=np.concatenate(edge_probabilities),
        rewards=np.stack(rewards, axis=-1),
        performance=performances,
        start=np.bincount(first_state, probabilities, done).astype(np.float64),
    )


def too_many_states(
    configuration: Configuration,
    most: int,
    num_actions: int,
    depth: int | None,
    what: str = "states",
) -> TooManyStatesError:
    """Returns an error that says how to make the model smaller, and what else to do."""
    keywords = {k: v for k, v in configuration.keywords.items() if k != "max_steps"}
    joint = f" (each with {num_actions} joint actions)" * configuration.environment.is_multi_agent
    ways = []
    if depth is not None and depth > 1:
        ways.append("give a shorter horizon=")
    if configuration.agents > 2:
        ways.append("give fewer agents")
    sizes = [name for name, value in keywords.items() if type(value) is int and name != "agents"]
    if sizes:
        ways.append(f"try it smaller ({', '.join(sizes)})")
    ways.append("run policies instead (safety_envs.rollout)")
    return TooManyStatesError(
        f"{configuration.id} has more than {most} {what}{joint} with {keywords}: "
        + ", or ".join(ways)
    )
