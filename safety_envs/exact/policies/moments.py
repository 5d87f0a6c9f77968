"""Means and variances of sums over episodes, by backward recursion.

With m and v the mean and the variance of what is still to come, and r the payment of an outcome,

    m[t](s) = E[r + m[t+1](s')]
    v[t](s) = E[v[t+1](s') + (r + m[t+1](s') - m[t](s))^2]

This is the recursion of the second moment (Sobel 1982) about the mean, so that nothing cancels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.progress import progress
from safety_envs.exact.models.fading import settled
from safety_envs.exact.policies.behaviour import Behaviour
from safety_envs.exact.policies.choices import Floats
from safety_envs.exact.policies.readings import Reading
from safety_envs.exact.tiers import compiled


def mean_and_variance(behaviour: Behaviour, reading: Reading, horizon: int) -> tuple[float, float]:
    """Returns the mean and the variance of a sum over an episode.

    Args:
        behaviour: of the policy.
        reading: of a sum, or of the length.
        horizon: steps of an episode.
    """

    def paid(numbers: Floats) -> Floats:
        return reading.written(numbers) if reading.parts else np.ones((len(numbers), 1))

    edges, maps = behaviour.edges(paid), behaviour.fading()
    payments = np.ascontiguousarray(edges.written[:, 0])
    later: npt.NDArray[np.float64] = np.zeros((2, behaviour.num_states))
    after = np.zeros(behaviour.num_states)
    if maps is not None and reading.parts:
        outcome = settled(behaviour.configuration, behaviour.worlds)
        after = reading.written(outcome.view(np.float64).reshape(len(outcome), -1))[:, 0]
    step = compiled(moments_back)
    for t in progress(range(horizon - 1, -1, -1), f"variance of {reading.name}"):
        if maps is not None:
            later[0] += after
            compiled(moments_before_fading)(later, maps.cleared, maps.probability)
        now = np.zeros_like(later)
        modes = behaviour.modes_at(t)
        step(edges.first, edges.successor, edges.probability, payments, behaviour.modes, modes,
             later, now)  # fmt: skip
        later = now
    mean = float(behaviour.start @ later[0])
    return mean, float(behaviour.start @ (later[1] + (later[0] - mean) ** 2))


def moments_back(
    first: Any, successor: Any, probability: Any, paid: Any, num_modes: int, modes: Any,
    later: Any, now: Any,
) -> None:  # fmt: skip
    """One step back of means and variances, [2, S]."""
    for s in range(len(modes)):
        row = s * num_modes + modes[s]
        mean = 0.0
        for edge in range(first[row], first[row + 1]):
            to_come = later[0, successor[edge]] if successor[edge] >= 0 else 0.0
            mean += probability[edge] * (paid[edge] + to_come)
        variance = 0.0
        for edge in range(first[row], first[row + 1]):
            to_come = later[0, successor[edge]] if successor[edge] >= 0 else 0.0
            spread = later[1, successor[edge]] if successor[edge] >= 0 else 0.0
            variance += probability[edge] * (spread + (paid[edge] + to_come - mean) ** 2)
        now[0, s] = mean
        now[1, s] = variance


def moments_before_fading(values: Any, cleared: Any, probability: float) -> None:
    """Maps means and variances [2, S] in place, flag by flag; a cleared state is its own image."""
    for flag in range(cleared.shape[0]):
        for s in range(values.shape[1]):
            other = cleared[flag, s]
            if other != s:
                gap = values[0, other] - values[0, s]
                values[0, s] += probability * gap
                values[1, s] += probability * (values[1, other] - values[1, s])
                values[1, s] += probability * (1 - probability) * gap * gap
