"""Enumeration: all states that are reachable from the starts, breadth first."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import keys
from safety_envs.core.progress import counting
from safety_envs.exact.models.edges import Canonical, EdgeList
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.fading import cleared_worlds
from safety_envs.exact.models.index import WorldIndex

MOST_STATES = 10_000_000
"""The largest number of states of a model, if nothing else is said."""

CHUNK = 16_384
"""States that are expanded before it is checked whether there are too many."""


class TooManyStatesError(SafetyEnvsError):
    """More states are reachable than can be listed."""


class Enumeration(NamedTuple):
    """All reachable states and their payments; see `Model`, whose `index` is `states`."""

    states: WorldIndex
    first: npt.NDArray[np.int64]
    successor: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float64]
    rewards: npt.NDArray[np.float64]  # [S, A, agents]
    performance: npt.NDArray[np.float64]  # [S, A]
    start: npt.NDArray[np.float64]
    reached: tuple[int, ...] | None


def enumerate_worlds(
    expander: Expander,
    starts: npt.NDArray[np.void],
    probabilities: npt.NDArray[np.float64],
    most: int = MOST_STATES,
    depth: int | None = None,
    canonical: Canonical | None = None,
) -> Enumeration:
    """Returns all states that are reachable from the given starts by actions or joint actions.

    Args:
        expander: lists outcomes.
        starts: structured [K].
        probabilities: float64 [K], their probabilities.
        most: the largest number of states.
        depth: the number of steps; see `enumerate_model`. If flags fade, it is ignored, because the
            maps of fading need all states.
        canonical: replaces worlds, bytes [K, B], in place by those that stand for them.

    Raises:
        TooManyStatesError: more than `most` states.
        SafetyEnvsError: a step whose outcomes cannot be listed.
    """
    configuration = expander.configuration
    fading, num_actions = configuration.environment.fading, len(expander.actions)
    chunk = max(1, CHUNK * len(configuration.actions) // num_actions)
    index = WorldIndex(configuration.world)
    edges = EdgeList(expander, index, canonical)
    if canonical is not None:
        starts = starts.copy()
        canonical(keys(starts))
    first_state = index.add(starts)
    depth = None if fading else depth
    reached = [len(index)]  # within 0, 1, 2, ... steps
    with counting(f"states of {configuration.id}") as show:
        while edges.states_done < len(index):
            if edges.states_done == reached[-1]:
                reached.append(len(index))
            if len(index) > most:
                raise too_many_states(configuration, most, num_actions, depth, reached=reached)
            if len(reached) - 1 == depth:
                edges.leave_out(reached[-1])
                break
            end = min(edges.states_done + chunk, reached[-1])
            if fading:
                index.add(cleared_worlds(index.some(edges.states_done, end), fading))
            edges.expand(end)
            show(len(index))
    done = edges.states_done
    return Enumeration(
        index,
        *edges.finished(),
        start=np.bincount(first_state, probabilities, done).astype(np.float64),
        reached=None if fading else tuple(reached),
    )


def too_many_states(
    configuration: Configuration,
    most: int,
    num_actions: int,
    depth: int | None,
    what: str = "states",
    reached: list[int] | None = None,
) -> TooManyStatesError:
    """Returns an error that says how to make the model smaller, and what else to do.

    Args:
        configuration: the environment.
        most: how many there may be.
        num_actions: of joint actions, with several agents.
        depth: the number of steps; None if a shorter horizon does not help.
        what: what there is too much of.
        reached: how many states are reached within 0, 1, 2, ... steps; None if it is not known.
    """
    keywords = {k: v for k, v in configuration.keywords.items() if k != "max_steps"}
    joint = f" (each with {num_actions} joint actions)" * configuration.environment.is_multi_agent
    ways = []
    fits = sum(each <= most for each in reached) - 1 if reached else None
    if depth is not None and depth > 1 and fits != 0:
        ways.append("give a shorter horizon=" + f" (at most {fits})" * (fits is not None))
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
