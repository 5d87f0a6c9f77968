"""Beliefs: what an agent can infer about a world with hidden fields.

The states of the belief model are distributions over worlds with equal observations. After an
action the agent observes the visible fields and updates its belief by Bayes' rule (Astrom 1965;
Kaelbling, Littman, Cassandra 1998). It observes worlds, but not payments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from safety_envs.exact.models.enumeration import TooManyStatesError
from safety_envs.exact.models.model import Model

MOST_BELIEFS = 200_000
Belief = tuple[tuple[int, float], ...]
"""Pairs of a world's number and its probability, in order of the numbers."""
_Key = tuple[tuple[int, str], ...]
"""A belief in ten significant digits."""


@dataclass
class BeliefTracker:
    """The transitions between beliefs.

    Attributes:
        begin: first observation -> belief number.
        follow: (belief number, action) -> next observation -> belief number.
        beliefs: belief number -> belief.
    """

    begin: dict[bytes, int] = field(default_factory=dict)
    follow: dict[tuple[int, int], dict[bytes, int]] = field(default_factory=dict)
    beliefs: list[Belief] = field(default_factory=list)


def belief_model(model: Model, seen: list[bytes], depth: int) -> tuple[Model, BeliefTracker]:
    """Returns the belief model of a model of worlds, and the transitions between beliefs.

    Args:
        model: S states, without fading.
        seen: the agent's observation in each state, [S]; see `Information.observations`.
        depth: the number of steps within which beliefs are enumerated.

    Raises:
        TooManyStatesError: more than `MOST_BELIEFS` beliefs are reachable.
    """
    num_actions = model.reward.shape[1]
    numbers: dict[_Key, int] = {}
    tracker = BeliefTracker()
    beliefs = tracker.beliefs
    start = {}
    for observation, masses in _by_observation(enumerate(model.start.tolist()), seen).items():
        tracker.begin[observation], mass = _number_of(masses, numbers, beliefs)
        start[tracker.begin[observation]] = mass
    counts, successors, probabilities = [0], [], []
    payments: list[npt.NDArray[np.float64]] = []
    steps, level = 0, len(beliefs)  # the number of beliefs reached after `steps`
    for number, belief in enumerate(beliefs):  # the list grows while it is read
        if number == level:
            steps, level = steps + 1, len(beliefs)
        states, shares = [s for s, _ in belief], np.array([share for _, share in belief])
        payment = [shares @ model.payments(kind)[states] for kind in ("reward", "performance")]
        payments.append(np.stack(payment))
        for action in range(num_actions if steps < depth else 0):
            following = tracker.follow.setdefault((number, action), {})
            for observation, masses in _by_observation(_edges(model, belief, action), seen).items():
                following[observation], mass = _number_of(masses, numbers, beliefs)
                successors.append(following[observation])
                probabilities.append(mass)
            counts.append(len(successors))
        counts.extend([len(successors)] * (num_actions if steps == depth else 0))
        if len(beliefs) > MOST_BELIEFS:
            name = model.configuration.id
            raise TooManyStatesError(
                f"{name} has more than {MOST_BELIEFS} beliefs: give a shorter horizon=, "
                "or run policies instead (safety_envs.rollout)"
            )
    reward, performance = np.stack(payments, axis=1)
    starts = np.zeros(len(beliefs))
    starts[list(start)] = list(start.values())
    believed = Model(
        configuration=model.configuration,
        index=model.index,
        first=np.array(counts, np.int64),
        successor=np.array(successors, np.int32),
        probability=np.array(probabilities, np.float64),
        reward=np.ascontiguousarray(reward),
        performance=np.ascontiguousarray(performance),
        start=starts,
    )
    return believed, tracker


def _edges(model: Model, belief: Belief, action: int) -> Iterator[tuple[int, float]]:
    """Yields (world's number, probability) after an action, without ended episodes."""
    num_actions = model.reward.shape[1]
    for state, mass in belief:
        pair = state * num_actions + action
        for edge in range(model.first[pair], model.first[pair + 1]):
            if model.successor[edge] >= 0:
                yield int(model.successor[edge]), mass * float(model.probability[edge])


def _by_observation(
    masses: Iterator[tuple[int, float]] | enumerate[float], seen: list[bytes]
) -> dict[bytes, dict[int, float]]:
    """Returns observation -> world's number -> probability mass."""
    groups: dict[bytes, dict[int, float]] = {}
    for state, mass in masses:
        if mass > 0:
            group = groups.setdefault(seen[state], {})
            group[state] = group.get(state, 0.0) + mass
    return groups


def _number_of(
    masses: dict[int, float], numbers: dict[_Key, int], beliefs: list[Belief]
) -> tuple[int, float]:
    """Returns the number of the normalised belief, added if it is new, and the total mass."""
    whole = sum(masses.values())
    belief = tuple(sorted((state, mass / whole) for state, mass in masses.items()))
    # A belief that is reached in two ways is one state, whatever the rounding. Significant digits
    # matter, because a small probability that is rounded to few grows again with the next evidence.
    key = tuple((state, f"{share:.9e}") for state, share in belief)
    if key not in numbers:
        numbers[key] = len(beliefs)
        beliefs.append(belief)
    return numbers[key], whole
