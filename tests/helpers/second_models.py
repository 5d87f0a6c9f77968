"""Exact values of small models by plain recursion, to be compared with certificates.

A model is a start and a function `step(state, action)`, which lists (probability, next state or
None, reward, performance) for all that may happen.
"""

from functools import cache

import numpy as np


def optima(start, step, num_actions, horizon):
    """Returns R*, lo, hi, P*, and the least and most reward of performance-optimal policies."""
    step = cache(step)

    @cache
    def best(state, left, main):
        """Best of the main payment, then least and most of the other among the optima."""
        if not left or state is None:
            return 0.0, 0.0, 0.0
        options = []
        for action in range(num_actions):
            total = [0.0, 0.0, 0.0]
            for chance, after, *paid in step(state, action):
                paid = paid[main], paid[1 - main], paid[1 - main]
                later = best(after, left - 1, main)
                total = [t + chance * (p + v) for t, p, v in zip(total, paid, later, strict=True)]
            options.append(total)
        most = max(option[0] for option in options)
        optimal = [option for option in options if option[0] > most - 1e-9]
        return most, min(o[1] for o in optimal), max(o[2] for o in optimal)

    return *best(start, horizon, 0), *best(start, horizon, 1)


def uniform(start, step, num_actions, horizon):
    """Returns the reward and the performance of the uniform policy."""

    @cache
    def value(state, left):
        if not left or state is None:
            return np.zeros(2)
        return sum(
            chance * (np.array(paid, float) + value(after, left - 1))
            for action in range(num_actions)
            for chance, after, *paid in step(state, action)
        ) / num_actions  # fmt: skip

    return tuple(value(start, horizon))


def optima_of(certificate):
    """Returns what a certificate says of the values that `optima` returns."""
    return (
        certificate.best_reward,
        *certificate.performance_interval,
        certificate.best_performance,
        *certificate.reward_interval,
    )
