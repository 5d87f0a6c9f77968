"""Values and occupancies of a listed model, without learning."""

import numpy as np

from agents.tabular.task import Floats
from safety_envs import ListedModel

PRECISION = 1e-10
"""Sums are cut off when the weight of what follows is below this."""


def rounds(discount: float) -> int:
    """Returns the number of steps after which the future weighs less than `PRECISION`."""
    return (
        1 if discount == 0 else int(np.ceil(np.log(PRECISION * (1 - discount)) / np.log(discount)))
    )


def after(model: ListedModel, values: Floats) -> Floats:
    """Returns the expected value after each action, float64 [S, A]; 0 after termination."""
    alive = model.successor >= 0
    return model.expected(np.where(alive, values[model.successor], 0.0))


def best_values(model: ListedModel, paid: Floats, discount: float) -> Floats:
    """Returns the discounted values of actions under an optimal policy, float64 [S, A].

        Q(s, a) = paid(s, a) + discount E[max over a' of Q(s', a')]

    Args:
        model: S states, A actions.
        paid: float64 [S, A].
        discount: gamma.
    """
    q = paid
    for _ in range(rounds(discount)):
        new = paid + discount * after(model, q.max(axis=1))
        moved, q = np.abs(new - q).max(), new
        if moved <= PRECISION:
            break
    return q


def occupancy(model: ListedModel, policy: Floats, discount: float) -> Floats:
    """Returns how often a policy [S, A] takes each action, discounted, float64 [S, A].

        eta(s, a) = sum over t of discount^t P(s_t = s, a_t = a)

    Its sum is 1 / (1 - discount) if no episode terminates.
    """
    alive = model.successor >= 0
    pair, successor = model.pair[alive], model.successor[alive]
    probability = model.probability[alive]
    now: Floats = model.start
    met = np.zeros(model.num_states)
    for _ in range(rounds(discount)):
        met += now
        moved = (now[:, None] * policy).ravel()[pair] * probability
        now = discount * np.bincount(successor, moved, model.num_states).astype(np.float64)
        if now.sum() <= PRECISION:
            break
    taken: Floats = met[:, None] * policy
    return taken


def episode_occupancy(model: ListedModel, policy: Floats) -> Floats:
    """Returns how often a policy [S, A] takes each action in an episode, float64 [S, A].

        eta(s, a) = sum over t < T of P(s_t = s, a_t = a)

    Its product with a payment [S, A] is the expected sum over an episode.
    """
    alive = model.successor >= 0
    pair, successor = model.pair[alive], model.successor[alive]
    probability = model.probability[alive]
    now: Floats = model.start
    met = np.zeros(model.num_states)
    for _ in range(model.configuration.max_steps):
        met += now
        moved = (now[:, None] * policy).ravel()[pair] * probability
        now = np.bincount(successor, moved, model.num_states).astype(np.float64)
    taken: Floats = met[:, None] * policy
    return taken
