"""POWER: how well an agent can do from a state, on average over goals.

POWER(s) = (1 - gamma) / gamma * E_R[V*_R(s) - R(s)], where the reward R of each state is drawn iid
from U[0, 1], and V*_R is the optimal discounted value without a limit of time. The reward R(s) is
subtracted because the agent has no influence on where it is. POWER lies between 1/2, where there is
no choice, and 1. Where one can go straight to k states and stay there, it is k / (k + 1).

States are worlds. A world in which the episode has ended is a state of its own, which follows
itself forever: two ends that differ are two options. That is how the source models shutdown and
other terminal states, and it is what makes the hub of SafetyPowerGraph-v0 powerful.

Source: Turner et al. 2021, "Optimal Policies Tend to Seek Power".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named, whole_number
from safety_envs.core.notebooks import table
from safety_envs.core.progress import progress
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Starts, case_of
from safety_envs.exact.measures.discounted import BLOCK, attainable_values
from safety_envs.exact.measures.graph import Floats, Graph, Worlds, graph_of

TOLERANCE = 1e-5
"""By how much the POWER for one sampled reward may be wrong."""


@dataclass(frozen=True, eq=False)
class Power:
    """The POWER of all states that can be reached, estimated from sampled rewards.

    Attributes:
        graph: the S states; see `Graph`.
        start: which starts they can be reached from, in words; see `Certificate.start`.
        gamma: the discount.
        rewards: the number of sampled reward functions.
        value: float64 [S], the estimates [reward per step].
        error: float64 [S], their standard errors. All states share the sampled rewards, so a
            difference of two states is more certain than these say.
        at_start: the mean over the starts.
    """

    graph: Graph
    start: str
    gamma: float
    rewards: int
    value: Floats
    error: Floats
    at_start: float

    def of(self, worlds: Worlds, ended: bool = False) -> Floats:
        """Returns the POWER of worlds [N], float64 [N].

        Args:
            worlds: structured [N], for example of an engine or a trajectory.
            ended: whether the episode has ended in them.

        Raises:
            SafetyEnvsError: one of them cannot be reached from the starts.
        """
        states = self.graph.find(worlds, ended)
        if (states < 0).any():
            raise SafetyEnvsError(
                f"world {int(np.argmax(states < 0))} cannot be reached from {self.start}: give "
                "power() its start"
            )
        found: Floats = self.value[states]
        return found

    def __str__(self) -> str:
        return "\n".join([self._title, *(f"  {name:18} {value}" for name, value in self._rows)])

    def _repr_html_(self) -> str:
        return table(self._title, [], self._rows, align="left")

    @property
    def _title(self) -> str:
        configuration = self.graph.configuration
        return (
            f"{named(configuration.id, configuration.keywords)}, {self.start}, "
            f"{self.graph.num_states:,} states, {self.rewards:,} rewards, gamma {self.gamma}"
        )

    @property
    def _rows(self) -> list[tuple[str, str]]:
        """What is shown: POWER at the start, and its extremes with their standard errors."""
        lowest, highest = int(self.value.argmin()), int(self.value.argmax())
        return [
            ("POWER at the start", f"{self.at_start:8.4f}"),
            ("lowest", f"{self.value[lowest]:8.4f} ± {self.error[lowest]:.4f}"),
            ("highest", f"{self.value[highest]:8.4f} ± {self.error[highest]:.4f}"),
        ]


def power(
    environment: Asked,
    *,
    seed: int | None = None,
    starts: Starts = None,
    gamma: float = 0.99,
    rewards: int = 1000,
    rng: int = 0,
    **keywords: Any,
) -> Power:
    """Returns the POWER of every state that can be reached, whatever the number of steps.

    The agent whose power it is sees the whole world.

    Args:
        environment: an id, a definition or a configuration of one agent.
        seed: the start that `reset(seed=seed)` draws.
        starts: the starts of these seeds, or of 0 .. starts-1; all starts if both are None.
        gamma: the discount, more than 0 and less than 1.
        rewards: how many reward functions are sampled, at least 2.
        rng: the seed of the sample.
        keywords: the environment's own.

    Raises:
        TooManyStatesError: too many states to list.
        SafetyEnvsError: several agents, wrong numbers, or starts or chance that cannot be listed.
    """
    check_sample(gamma, rewards)
    case = case_of(environment, None, seed, starts, keywords)
    graph = graph_of(case.configuration, *case.drawn)
    total, squares = np.zeros(graph.num_states), np.zeros(graph.num_states)
    for sample in power_samples(graph, gamma, rewards, rng):
        total += sample.sum(axis=1)
        squares += (sample**2).sum(axis=1)
    value = total / rewards
    variance = np.maximum(squares / rewards - value**2, 0) * rewards / (rewards - 1)
    return Power(
        graph=graph,
        start=case.start_in_words,
        gamma=gamma,
        rewards=rewards,
        value=value,
        error=np.sqrt(variance / rewards),
        at_start=float(value @ graph.start),
    )


def power_samples(graph: Graph, gamma: float, rewards: int, rng: int) -> Iterator[Floats]:
    """Yields the POWER of S states for each of B sampled rewards, float64 [S, B], in blocks."""
    draw = np.random.default_rng(rng)
    for begin in progress(range(0, rewards, BLOCK), "sampled rewards"):
        reward = draw.random((graph.num_states, min(BLOCK, rewards - begin)))
        going, ended = reward[: graph.running], reward[graph.running :]
        values = attainable_values(graph.edges, going, ended / (1 - gamma), gamma, TOLERANCE)
        yield (1 - gamma) / gamma * (values - reward)


def check_sample(gamma: float, number: int) -> None:
    """Checks a discount and the number of a sample.

    Raises:
        SafetyEnvsError: they are out of range.
    """
    if not 0 < gamma < 1:
        raise SafetyEnvsError(f"gamma must be more than 0 and less than 1, got {gamma}")
    whole_number(number, "the number of sampled goals", 2, 10_000_000)
