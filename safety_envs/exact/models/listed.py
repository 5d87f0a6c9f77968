"""Listed models: the exact model of an environment as plain arrays, for algorithms of one's own.

Where `Model` holds what the solver needs, a listed model holds every outcome of every action with
all that it pays, the action that took effect, and what the agent sees. A learner that draws its
transitions from it plays the environment itself, without running the rules again: the outcomes are
those of the rules, with their probabilities.

    model = safety_envs.listed_model("SafetySmartVault-v0")
    pair = state * model.num_actions + action
    edges = slice(model.first[pair], model.first[pair + 1])
    model.probability[edges] @ model.column("reward")[edges]  # r(s, a)
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.chances import drawn
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.fields import some_of
from safety_envs.core.observe import Observer
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Case, Starts, case_of
from safety_envs.exact.models.enumeration import CHUNK, MOST_STATES, enumerate_worlds
from safety_envs.exact.models.expand import Expander, Outcomes
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.no_op import no_op_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Worlds = npt.NDArray[np.void]


@dataclass(frozen=True)
class ListedModel:
    """The Markov decision process of an environment with one agent; S states, A actions, E edges.

    An edge is one outcome of an action in a state. States are whole worlds, hidden fields included.
    States that are reached only when an episode is over have no edges.

    Attributes:
        case: the configuration, whose `max_steps` is the horizon T, and the starts.
        worlds: structured [S], the world of each state.
        first: int64 [S * A + 1]; the edges of (state s, action a) are those from first[s*A+a] to
            first[s*A+a+1] - 1.
        successor: int64 [E], the state afterwards, -1 if the episode terminates.
        probability: float64 [E].
        executed: int64 [E], the action that took effect, which a rule may have replaced.
        names: what is summed over an episode: "reward", "cost", "performance" and every metric
            that is a sum or a mean over steps.
        written: float64 [E, names], what an outcome adds to each of them.
        start: float64 [S], the probability that an episode starts in each state.
        seen: int64 [S], a number for what the agent observes: equal numbers look the same.
        index: state number <-> world.
    """

    case: Case
    worlds: Worlds
    first: Ints
    successor: Ints
    probability: Floats
    executed: Ints
    names: tuple[str, ...]
    written: Floats
    start: Floats
    seen: Ints
    index: WorldIndex

    @property
    def configuration(self) -> Configuration:
        """The environment."""
        return self.case.configuration

    @property
    def no_op(self) -> int:
        """The action that does nothing.

        Raises:
            SafetyEnvsError: the environment has none.
        """
        return no_op_of(self.configuration)

    @property
    def num_states(self) -> int:
        """S."""
        return len(self.start)

    @property
    def num_actions(self) -> int:
        """A."""
        return len(self.configuration.actions)

    @property
    def num_sights(self) -> int:
        """How many different observations there are."""
        return int(self.seen.max()) + 1

    @property
    def pair(self) -> Ints:
        """The number s * A + a of each edge's state and action, int64 [E]."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def column(self, name: str) -> Floats:
        """Returns what every edge adds to a metric, or to the reward, float64 [E].

        Raises:
            SafetyEnvsError: no metric of that name is summed over an episode.
        """
        if name not in self.names:
            raise SafetyEnvsError(
                f"{self.configuration.id} sums no {name!r} over an episode. "
                f"{did_you_mean(str(name), self.names)}"
            )
        return self.written[:, self.names.index(name)]

    def expected(self, values: Floats) -> Floats:
        """Returns the expectations over outcomes of values of edges [E], float64 [S, A]."""
        pairs = len(self.first) - 1
        sums = np.bincount(self.pair, self.probability * values, pairs).astype(np.float64)
        return sums.reshape(self.num_states, self.num_actions)

    def states(self, worlds: Worlds) -> Ints:
        """Returns the numbers of worlds [N], int64 [N].

        Raises:
            SafetyEnvsError: a world is not reachable from the starts.
        """
        numbers = self.index.find(worlds)
        if (numbers < 0).any():
            raise SafetyEnvsError(
                f"{self.configuration.id}: a world is not reachable from the starts of the listed "
                "model: list it with other starts="
            )
        return numbers

    def policy(self, probabilities: Any, seed: int = 0) -> "ListedPolicy":
        """Returns a policy for `evaluate` and `rollout`.

        Args:
            probabilities: [S, A], of each action in each state.
            seed: of its own random numbers, where it is played.

        Raises:
            SafetyEnvsError: they have another shape, or do not sum to 1 in every state.
        """
        table = np.asarray(probabilities, np.float64)
        shape = (self.num_states, self.num_actions)
        if table.shape != shape:
            raise SafetyEnvsError(f"probabilities must be of shape {shape}, got {table.shape}")
        if not ((table >= 0).all() and np.allclose(table.sum(axis=1), 1.0)):
            raise SafetyEnvsError("probabilities must be at least 0 and sum to 1 in every state")
        return ListedPolicy(self, table, np.random.default_rng(seed))


@dataclass(frozen=True)
class ListedPolicy:
    """A policy that is a table over the states of a listed model."""

    model: ListedModel
    table: Floats
    random: np.random.Generator

    def joint_probabilities(self, worlds: Worlds) -> Floats:
        """Returns the probabilities of actions in worlds [N], float64 [N, A]."""
        return self.table[self.model.states(worlds)]

    def __call__(self, engine: Engine) -> Ints:
        """Returns sampled actions in an engine's worlds, int64 [N]."""
        return drawn(self.joint_probabilities(engine.worlds), self.random)


def listed_model(
    environment: Asked,
    *,
    seed: int | None = None,
    starts: Starts = None,
    horizon: int | None = None,
    observation: str | None = None,
    most_states: int = MOST_STATES,
    **keywords: Any,
) -> ListedModel:
    """Returns the exact model of an environment with one agent, as arrays.

    Args:
        environment: an id, a definition or a configuration.
        seed: only the start that `reset(seed=seed)` draws.
        starts: the starts of these seeds, or of 0 .. starts-1, equally likely. All starts if both
            are None.
        horizon: T, the number of steps of an episode; `max_steps` if None.
        observation: the encoding by which states look the same; the environment's first if None.
        most_states: the largest number of states.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: more states than that.
        SafetyEnvsError: an unknown environment or keyword; several agents; starts or chance that
            cannot be listed.
    """
    case = case_of(environment, horizon, seed, starts, keywords, most_states)
    configuration = case.configuration
    if configuration.environment.is_multi_agent:
        raise SafetyEnvsError(
            f"{configuration.id} has several agents, and a listed model is for one: use "
            "safety_envs.best_response, or run policies (safety_envs.rollout)"
        )
    return _listed(case, observation)


def _listed(case: Case, observation: str | None) -> ListedModel:
    configuration = case.configuration
    expander = Expander(configuration)
    found = enumerate_worlds(expander, *case.drawn, case.most, case.horizon)
    worlds, actions = found.states.worlds, len(configuration.actions)
    running = int(np.flatnonzero(np.diff(found.first[::actions])).max(initial=-1)) + 1
    parts = []
    for begin in range(0, running, CHUNK):
        out = expander.outcomes(worlds[begin : min(begin + CHUNK, running)])
        parts.append(out._replace(source=out.source + begin))
    out = Outcomes(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    successor = np.full(len(out.source), -1, np.int64)
    successor[~out.terminated] = found.states.find(some_of(out.worlds, ~out.terminated))
    counts = np.bincount(out.source * actions + out.action, minlength=len(worlds) * actions)
    layout = configuration.layout
    sums = layout.channels[: layout.channels_of("total", "mean").stop]
    return ListedModel(
        case=case,
        worlds=worlds,
        first=np.concatenate([[0], np.cumsum(counts)]),
        successor=successor,
        probability=out.probability,
        executed=out.executed,
        names=("reward", *sums, *layout.per_agent),
        written=np.column_stack([out.rewards, out.sums, out.per_agent]),
        start=found.start,
        seen=numbers_of_sights(configuration, worlds, observation),
        index=found.states,
    )


def numbers_of_sights(
    configuration: Configuration, worlds: Worlds, observation: str | None = None
) -> Ints:
    """Returns a number for what the agent sees of each world [S], int64 [S].

    Worlds that look the same have the same number, whatever their other fields are.
    """
    observe: Callable[[Worlds], Any] = Observer(configuration, observation)
    seen = np.asarray(observe(worlds))
    _, numbers = np.unique(seen.reshape(len(worlds), -1), axis=0, return_inverse=True)
    found: Ints = numbers.reshape(-1).astype(np.int64)
    return found
