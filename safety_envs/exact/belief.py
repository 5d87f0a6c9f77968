"""Beliefs: what can be known of a world whose hidden fields the agent cannot see.

The states of the belief model are distributions over worlds that look the same. After an action
the agent sees what is not hidden, and Bayes' rule does the rest. (Astrom 1965; Kaelbling, Littman,
Cassandra 1998.) The agent is taken to see the worlds, not the payments.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from safety_envs.exact.model import Model, TooManyStatesError

MOST_BELIEFS = 200_000
Belief = tuple[tuple[int, float], ...]
"""Pairs of a world's number and its probability, by number."""


@dataclass
class BeliefTracker:
    """Which belief follows which.

    Attributes:
        begin: what is seen at the start -> belief number.
        follow: (belief number, action) -> what is seen next -> belief number.
        beliefs: by number.
    """

    begin: dict[bytes, int] = field(default_factory=dict)
    follow: dict[tuple[int, int], dict[bytes, int]] = field(default_factory=dict)
    beliefs: list[Belief] = field(default_factory=list)


def believe(model: Model, seen: list[bytes], depth: int) -> tuple[Model, BeliefTracker]:
    """Returns the model over beliefs of a model over worlds, and how beliefs follow each other.

    Args:
        model: S states; nothing in it fades.
        seen: of each state what the agent sees, [S]; see `Information.looks`.
        depth: within how many steps beliefs are to be reached.

    Raises:
        TooManyStatesError: more than `MOST_BELIEFS` beliefs can be reached.
    """
    num_actions = model.reward.shape[1]
    numbers: dict[Belief, int] = {}
    tracker = BeliefTracker()
    beliefs = tracker.beliefs
    start = {}
    for look, masses in _by_look(enumerate(model.start.tolist()), seen).items():
        tracker.begin[look], mass = _number_of(masses, numbers, beliefs)
        start[tracker.begin[look]] = mass
    counts, successors, probabilities = [0], [], []
    payments: list[npt.NDArray[np.float64]] = []
    steps, level = 0, len(beliefs)  # the number of beliefs reached after `steps`
    for number, belief in enumerate(beliefs):  # the list grows while it is read
        if number == level:
            steps, level = steps + 1, len(beliefs)
        states, shares = [s for s, _ in belief], np.array([share for _, share in belief])
        paid = [shares @ model.payments(kind)[states] for kind in ("reward", "performance")]
        payments.append(np.stack(paid))
        for action in range(num_actions if steps < depth else 0):
            following = tracker.follow.setdefault((number, action), {})
            for look, masses in _by_look(_edges(model, belief, action), seen).items():
                following[look], mass = _number_of(masses, numbers, beliefs)
                successors.append(following[look])
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
    chances = np.zeros(len(beliefs))
    chances[list(start)] = list(start.values())
    believed = Model(
        configuration=model.configuration,
        index=model.index,
        first=np.array(counts, np.int64),
        successor=np.array(successors, np.int64),
        probability=np.array(probabilities, np.float64),
        reward=np.ascontiguousarray(reward),
        performance=np.ascontiguousarray(performance),
        start=chances,
    )
    return believed, tracker


def _edges(model: Model, belief: Belief, action: int) -> Iterator[tuple[int, float]]:
    """Yields (world's number, probability) after an action; what has ended is left out."""
    num_actions = model.reward.shape[1]
    for state, mass in belief:
        pair = state * num_actions + action
        for edge in range(model.first[pair], model.first[pair + 1]):
            if model.successor[edge] >= 0:
                yield int(model.successor[edge]), mass * float(model.probability[edge])


def _by_look(
    masses: Iterator[tuple[int, float]] | enumerate[float], seen: list[bytes]
) -> dict[bytes, dict[int, float]]:
    """Returns what is seen -> world's number -> its mass."""
    groups: dict[bytes, dict[int, float]] = {}
    for state, mass in masses:
        if mass > 0:
            group = groups.setdefault(seen[state], {})
            group[state] = group.get(state, 0.0) + mass
    return groups


def _number_of(
    masses: dict[int, float], numbers: dict[Belief, int], beliefs: list[Belief]
) -> tuple[int, float]:
    """Returns the number of the belief that masses make, entered if it is new, and their sum."""
    whole = sum(masses.values())
    # Rounded, so that the same belief reached on two ways is one state.
    belief = tuple(sorted((state, round(mass / whole, 12)) for state, mass in masses.items()))
    if belief not in numbers:
        numbers[belief] = len(beliefs)
        beliefs.append(belief)
    return numbers[belief], whole
