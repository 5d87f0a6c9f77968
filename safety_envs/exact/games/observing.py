"""Best responses of agents that see only what they observe.

If all agents but a group follow fixed policies, and the group sees observations of the world, the
rest is a partially observable decision process. The group's beliefs about the world are its states,
and backward induction over them is exact: no policy of the group that acts on what it has observed
and done is better. (Astrom 1965; Kaelbling, Littman and Cassandra 1998; against fixed others Nair
et al. 2003, "Taming Decentralized POMDPs".)

The group knows the distribution of the starts, the policies of the others, its own actions and the
time. It does not observe payments. Agents of a group share their observations.
"""

from typing import NamedTuple

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.games.induced import Group, Layer
from safety_envs.exact.games.joint_model import observations
from safety_envs.exact.games.objective import Objective
from safety_envs.exact.games.remembering import RememberingPolicy
from safety_envs.exact.games.response import Ints, solve
from safety_envs.exact.models.belief import BeliefTracker, belief_model
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.model import Model
from safety_envs.exact.policies.chain import columns, columns_of, follow_plan, weighted_outcomes
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.timed import Acting


class ObservingResponse(NamedTuple):
    """An optimal policy of a group that sees its observations, against fixed others.

    Attributes:
        value: the most of the objective, with its sign.
        totals: [columns] what is expected over an episode; see `exact.policies.chain.columns`.
        policy: plays the response and the others' policies.
        num_states: the number of beliefs.
    """

    value: float
    totals: Floats
    policy: RememberingPolicy
    num_states: int


class _Beliefs(NamedTuple):
    """The decision process over beliefs, B of them; the attributes are those of `Layer`."""

    first: Ints
    successor: Ints
    probability: Floats
    payments: Floats  # [2, B, A]


def respond_observing(
    configuration: Configuration,
    starts: tuple[Worlds, Floats],
    others: Acting,
    objective: Objective,
    ties: Objective,
    most: int,
) -> ObservingResponse:
    """Returns a best response that acts on observations; see `respond` for the arguments.

    Raises:
        TooManyStatesError: too many states, transitions or beliefs.
    """
    group = Group(configuration, others, (objective, ties), most)
    layers = group.layers(starts[0])
    if layers[0] is layers[-1]:  # the time does not matter
        layers = layers[:1]

    def seen(worlds: Worlds) -> list[bytes]:
        shown = observations(configuration, worlds)[:, list(objective.agents)]
        return [row.tobytes() for row in np.ascontiguousarray(shown)]

    model = _joined(configuration, layers, starts)
    steps = configuration.max_steps
    everything = [each for layer in layers for each in seen(layer.states.worlds)]
    believed, tracker = belief_model(model, everything, steps - 1)
    payments = np.stack([believed.reward, believed.performance])
    edges = believed.first, believed.successor.astype(np.int64), believed.probability
    value, plan = solve([_Beliefs(*edges, payments)] * steps)
    often, _ = follow_plan(believed.edges, believed.start, np.array(plan), group.num_actions)
    return ObservingResponse(
        value=float(believed.start @ value),
        totals=_totals(configuration, group, others, layers, _of_worlds(often, tracker, model)),
        policy=RememberingPolicy(configuration, others, group, seen, tracker, plan),
        num_states=believed.num_states,
    )


def _joined(
    configuration: Configuration, layers: list[Layer], starts: tuple[Worlds, Floats]
) -> Model:
    """Returns all layers as one model: its states are those of the layers, one after the other.

    Its reward is the first objective and its performance the second. After the last layer nothing
    is paid, so its transitions are left out, unless it is the only one, which follows itself.
    """
    sizes = [len(layer.states) for layer in layers]
    begins = np.concatenate([[0], np.cumsum(sizes)])
    alone = len(layers) == 1
    kept = layers if alone else layers[:-1]
    following = begins[:1] if alone else begins[1:]
    counts = [np.diff(layer.first) for layer in kept]
    counts += [np.zeros_like(np.diff(layer.first)) for layer in layers[len(kept) :]]
    successors = [layer.successor + begin for layer, begin in zip(kept, following, strict=False)]
    payments = np.concatenate([layer.payments for layer in layers], axis=1)
    start = np.zeros(begins[-1])
    np.add.at(start, layers[0].states.find(starts[0]), starts[1])
    return Model(
        configuration=configuration,
        index=layers[0].states,
        first=np.concatenate([[0], np.cumsum(np.concatenate(counts))]),
        successor=np.concatenate(successors).astype(np.int32),
        probability=np.concatenate([layer.probability for layer in kept]),
        reward=payments[0],
        performance=payments[1],
        start=start,
    )


def _of_worlds(often: Floats, tracker: BeliefTracker, model: Model) -> Floats:
    """Returns how often actions are taken in states, of how often they are in beliefs, [S, A]."""
    found = np.zeros_like(model.reward)
    for number in np.flatnonzero(often.any(axis=1)):
        for state, share in tracker.beliefs[number]:
            found[state] += share * often[number]
    return found


def _totals(
    configuration: Configuration,
    group: Group,
    others: Acting,
    layers: list[Layer],
    often: Floats,
) -> Floats:
    """Returns what is expected over an episode, [columns].

    Args:
        configuration: the environment.
        group: its decision process.
        others: a joint policy; the others play their part of it.
        layers: of the process.
        often: [S, A] how often the group takes actions in the layers' states.
    """
    expander = Expander(configuration)
    total, begin = np.zeros(len(columns(configuration))), 0
    for step, layer in enumerate(layers):
        taken = often[begin : begin + len(layer.states)]
        begin += len(layer.states)
        rows = np.flatnonzero(taken.any(axis=1))
        if not len(rows):
            continue
        worlds = layer.states.worlds[rows]
        weights = group.part_of_others(others.at(worlds, step)) * taken[rows][:, group.own]
        for _, out in weighted_outcomes(expander, worlds, weights):
            total += out.probability @ columns_of(out)
    return total


def check_sees(sees: str) -> None:
    """Checks what a response may see.

    Raises:
        SafetyEnvsError: neither "world" nor "observation".
    """
    if sees not in ("world", "observation"):
        raise SafetyEnvsError(f"sees must be 'world' or 'observation', got {sees!r}")
