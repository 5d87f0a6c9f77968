"""The compiled loop of temporal-difference learning.

After a step from s by a, paid r, to s', with values Q of what is seen:

    Q(s, a) += rate (r + discount V(s') - Q(s, a)),   0 for V after termination

    Q-learning       V(s') = sum over a of w(a) (Q(s', a) - temperature log(w(a) / reference(a)))
                     with w the policy in s' without exploration; the best action if all is free
    expected Sarsa   the same with w the policy with exploration
    Sarsa            the same with the next action of that policy alone

With a pessimism p, V(s') becomes (1 - p) V(s') + p min over a of Q(s', a), of the actions that are
allowed. A task may take V from another state than s', see `Task.valued`.

A step cap does not end the future: V(s') counts after truncation too. Only states that are first
met in the last step are worth 0, because nothing is listed after them.
"""

from typing import Any, NamedTuple

import numpy as np

from safety_envs.authoring import rule

Q_LEARNING, SARSA, EXPECTED_SARSA = range(3)
UPDATES = {"q_learning": Q_LEARNING, "sarsa": SARSA, "expected_sarsa": EXPECTED_SARSA}


class Arrays(NamedTuple):
    """A task as the loop reads it; see `agents.tabular.task.Task` and `ListedModel`."""

    first: Any
    successor: Any
    valued: Any
    probability: Any
    written: Any
    seen: Any
    start_states: Any  # int64 [K]
    start_sums: Any  # float64 [K], cumulative probabilities
    expanded: Any  # int64 [R], states that have edges
    paid: Any
    bonus: Any
    learned: Any
    allowed: Any
    reference: Any


class Numbers(NamedTuple):
    """Numbers of a task and of a learner, see `agents.tabular.learner.Settings`."""

    horizon: int
    update: int
    rate: float
    discount: float
    exploration: float
    exploring_starts: float
    temperature: float
    quantile: float
    pessimism: float


def learn_steps(task: Any, numbers: Any, values: Any, place: Any, totals: Any, random: Any,
                steps: int) -> None:  # fmt: skip
    """Takes steps and moves values, float64 [sights, A].

    `place`, int64 [3], has the state, the number of steps taken and the next action, and is -1 at
    first. `totals`, float64 [1 + names], gets the number of episodes that ended and their sums;
    an episode that is under way counts with the next ones.
    """
    num_actions = values.shape[1]
    target, behaviour = np.empty(num_actions), np.empty(num_actions)
    if place[0] < 0:
        begin(task, numbers, place, random)
        policy_of(task, numbers, values[task.seen[place[0]]], place[0], target, behaviour)
        place[2] = drawn(behaviour, random)
    for _ in range(steps):
        s, a = place[0], place[2]
        edge = drawn_edge(task, s * num_actions + a, random)
        for k in range(task.written.shape[1]):
            totals[1 + k] += task.written[edge, k]
        found = task.paid[edge] + task.bonus[min(place[1], len(task.bonus) - 1), s, a]
        after = task.successor[edge]
        place[1] += 1
        following = -1
        if after >= 0:
            row = values[task.seen[after]]
            policy_of(task, numbers, row, after, target, behaviour)
            following = drawn(behaviour, random)
            then, action = task.valued[edge], following
            if then != after:
                row = values[task.seen[then]]
                policy_of(task, numbers, row, then, target, behaviour)
                action = drawn(behaviour, random)
            found += numbers.discount * value_of(
                task, numbers, row, then, target, behaviour, action
            )
        moved, seen = task.learned[edge], task.seen[s]
        values[seen, moved] += numbers.rate * (found - values[seen, moved])
        if after < 0 or place[1] >= numbers.horizon or is_last(task, after, num_actions):
            totals[0] += 1.0
            begin(task, numbers, place, random)
            policy_of(task, numbers, values[task.seen[place[0]]], place[0], target, behaviour)
            following = drawn(behaviour, random)
        else:
            place[0] = after
        place[2] = following


@rule
def is_last(task: Any, s: int, num_actions: int) -> bool:
    """Whether a state is met only when an episode is over, so that it has no edges."""
    return bool(task.first[s * num_actions] == task.first[(s + 1) * num_actions])


@rule
def begin(task: Any, numbers: Any, place: Any, random: Any) -> None:
    """Starts an episode, as the environment does or in any state."""
    place[1] = 0
    if numbers.exploring_starts > 0.0 and random.random() < numbers.exploring_starts:
        place[0] = task.expanded[int(random.random() * len(task.expanded))]
        return
    draw, k = random.random(), 0
    while k < len(task.start_sums) - 1 and draw >= task.start_sums[k]:
        k += 1
    place[0] = task.start_states[k]


@rule
def drawn_edge(task: Any, pair: int, random: Any) -> Any:
    """Returns an outcome of a pair of a state and an action."""
    draw, edge = random.random(), task.first[pair]
    while edge < task.first[pair + 1] - 1:
        draw -= task.probability[edge]
        if draw < 0.0:
            break
        edge += 1
    return edge


@rule
def drawn(probabilities: Any, random: Any) -> Any:
    """Returns an action."""
    draw, last = random.random(), 0
    for a in range(len(probabilities)):
        if probabilities[a] > 0.0:
            last = a
            draw -= probabilities[a]
            if draw < 0.0:
                return a
    return last


@rule
def policy_of(task: Any, numbers: Any, row: Any, s: int, target: Any, behaviour: Any) -> None:
    """Writes the policy in a state without and with exploration, given the values [A] there."""
    best, count = -1, 0
    for a in range(len(row)):
        target[a] = 0.0
        if task.allowed[s, a]:
            count += 1
            if best < 0 or row[a] > row[best]:
                best = a
    if numbers.temperature > 0.0:
        soften(task, numbers, row, s, row[best], target)
    elif numbers.quantile > 0.0:
        quantilise(task, numbers, row, s, target)
    else:
        target[best] = 1.0
    for a in range(len(row)):
        behaviour[a] = (1.0 - numbers.exploration) * target[a]
        if task.allowed[s, a]:
            behaviour[a] += numbers.exploration / count


@rule
def soften(task: Any, numbers: Any, row: Any, s: int, best: float, target: Any) -> None:
    """Writes reference(a) exp(Q(a) / temperature), normed."""
    total = 0.0
    for a in range(len(row)):
        if task.allowed[s, a]:
            target[a] = task.reference[s, a] * np.exp((row[a] - best) / numbers.temperature)
            total += target[a]
    for a in range(len(row)):
        target[a] /= total


@rule
def quantilise(task: Any, numbers: Any, row: Any, s: int, target: Any) -> None:
    """Writes the reference restricted to its best share, of the actions that are allowed."""
    mass = 0.0
    for a in range(len(row)):
        if task.allowed[s, a]:
            mass += task.reference[s, a]
    for a in range(len(row)):
        above = 0.0
        if task.allowed[s, a]:
            for b in range(len(row)):
                better = row[b] > row[a] or (row[b] == row[a] and b < a)
                if task.allowed[s, b] and better:
                    above += task.reference[s, b] / mass
            room = max(0.0, numbers.quantile - above)
            target[a] = min(room, task.reference[s, a] / mass) / numbers.quantile


@rule
def value_of(
    task: Any, numbers: Any, row: Any, s: int, target: Any, behaviour: Any, following: int
) -> Any:
    """Returns V of a state; see the head of this file."""
    total = 0.0
    if numbers.update == 1:  # Sarsa
        total = row[following] - toll(task, numbers, s, behaviour, following)
    else:
        weights = behaviour if numbers.update == 2 else target
        for a in range(len(row)):
            if weights[a] > 0.0:
                total += weights[a] * (row[a] - toll(task, numbers, s, weights, a))
    if numbers.pessimism > 0.0:
        total += numbers.pessimism * (worst_of(task, row, s) - total)
    return total


@rule
def worst_of(task: Any, row: Any, s: int) -> Any:
    """Returns the least value of an allowed action."""
    worst = np.inf
    for a in range(len(row)):
        if task.allowed[s, a]:
            worst = min(worst, row[a])
    return worst


@rule
def toll(task: Any, numbers: Any, s: int, weights: Any, a: int) -> Any:
    """Returns what an action of a policy costs for its divergence from the reference."""
    if numbers.temperature <= 0.0 or weights[a] <= 0.0:
        return 0.0
    return numbers.temperature * np.log(weights[a] / task.reference[s, a])
