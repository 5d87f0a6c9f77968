"""Best responses: if all agents but a group have fixed policies, the rest is a decision process.

The group knows the whole world and the number of steps taken, and its agents act together. Against
fixed policies of the others this is a Markov decision process with a finite horizon, and backward
induction finds an optimal policy.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.progress import progress
from safety_envs.exact.games.induced import Group
from safety_envs.exact.games.objective import Objective
from safety_envs.exact.optima.solve import COLUMNS, TOLERANCE, sweep_back
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.timed import Acting, check_covered
from safety_envs.exact.tiers import compiled

Ints = npt.NDArray[np.int64]


class Process(Protocol):
    """The transitions and payments of a step; the attributes are those of `Layer`."""

    @property
    def first(self) -> Ints:
        """[S*A + 1]."""

    @property
    def successor(self) -> Ints:
        """[E]."""

    @property
    def probability(self) -> Floats:
        """[E]."""

    @property
    def payments(self) -> Floats:
        """[objectives, S, A]."""


class Response(NamedTuple):
    """An optimal policy of a group against fixed others.

    Attributes:
        value: the most of the objective, with its sign.
        acting: how all agents act if the group responds and the others do not change. In worlds to
            which the others' policies never lead, the group follows its given policy.
        num_states: the number of states of the decision process. If the others' policies depend on
            the time, a state counts once for each number of steps in which it is reached.
    """

    value: float
    acting: Acting
    num_states: int


def respond(
    configuration: Configuration,
    starts: tuple[Worlds, Floats],
    others: Acting,
    objective: Objective,
    ties: Objective,
    most: int,
) -> Response:
    """Returns a best response of the objective's agents.

    Args:
        configuration: an environment with several agents.
        starts: the worlds [K] in which an episode may start, and their probabilities [K].
        others: a joint policy; the others play their part of it.
        objective: what the group maximises.
        ties: what it maximises among the policies that are best for the objective.
        most: see `Group`.

    Raises:
        TooManyStatesError: too many states or transitions.
    """
    group = Group(configuration, others, (objective, ties), most)
    layers = group.layers(starts[0])
    value, plan = solve(layers)
    expected = float(starts[1] @ value[layers[0].states.find(starts[0])])

    def at(worlds: Worlds, step: int) -> Floats:
        layer = layers[min(step, len(layers) - 1)]
        numbers = layer.states.find(worlds)
        covered = (numbers >= 0) & (layer.distance[numbers] <= step)
        check_covered(covered | (step > 0), step, len(layers))
        probabilities = others.at(worlds, step)
        weights = group.part_of_others(probabilities[covered])
        response: Floats = weights * (group.own == plan[step][numbers[covered], None])
        if covered.all():
            return response
        probabilities = probabilities.copy()  # where the others never lead, nothing changes
        probabilities[covered] = response
        return probabilities

    num_states = {id(layer): len(layer.states) for layer in layers}
    return Response(expected, Acting(at), sum(num_states.values()))


def solve(layers: Sequence[Process]) -> tuple[Floats, list[Ints]]:
    """Returns the values of the first layer's states, [S], and the best actions of each layer.

    Args:
        layers: of each step, with two objectives: what is maximised, and what breaks ties.
    """
    sweep, last = compiled(sweep_back), layers[-1]
    scale = max(float(np.abs(layer.payments[0]).max(initial=0.0)) for layer in layers)
    tolerance = TOLERANCE * max(1.0, scale * len(layers))
    later = np.zeros((1 + int(last.successor.max(initial=0)), len(COLUMNS)))
    plan: list[Ints] = []
    for layer in progress(layers[::-1], "best response"):
        count = layer.payments.shape[1]
        now, plans = np.empty((count, len(COLUMNS))), np.zeros((4, count), np.int64)
        edges = layer.first, layer.successor, layer.probability
        sweep(*edges, *layer.payments, tolerance, tolerance, later, now, plans, 0, count)
        plan.append(plans[1])  # of the policies that are best, one with the most of the tie-break
        later = now
    return later[:, 0].copy(), plan[::-1]
