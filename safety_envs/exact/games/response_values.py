"""What each action of one agent is worth if all others follow fixed policies.

With t steps taken, an action a in the world s is worth what it pays now plus what a best response
expects from then on, over chance and over what the others do:

    Q_t(s, a) = r(s, a) + E[V_{t+1}(s')],   V_t(s) = max over a of Q_t(s, a),   V_T = 0.

The agent sees the whole world, see `exact.games.response`.
"""

from collections.abc import Sequence

import numpy as np

from safety_envs.core.definition import Configuration
from safety_envs.exact.games.induced import Group, Layer
from safety_envs.exact.games.objective import objective_of
from safety_envs.exact.policies.choices import Floats, Worlds
from safety_envs.exact.policies.timed import Acting, check_covered


class ResponseValues:
    """The values of one agent's actions, under several payments.

    Args:
        configuration: an environment with several agents.
        others: a joint policy; the others play their part of it.
        agent: the agent that responds.
        payments: what is maximised, each on its own: "reward", of the agent, or "performance".
        starts: the worlds [K] in which an episode may start.
        most: the largest number of states.

    Raises:
        TooManyStatesError: too many states or transitions.
    """

    def __init__(
        self,
        configuration: Configuration,
        others: Acting,
        agent: int,
        payments: Sequence[str],
        starts: Worlds,
        most: int,
    ) -> None:
        objectives = tuple(objective_of(configuration, name, (agent,)) for name in payments)
        self._layers = Group(configuration, others, objectives, most).layers(starts)
        last = self._layers[-1]
        later = np.zeros((len(objectives), 1 + int(last.successor.max(initial=-1))))
        values = []
        for layer in reversed(self._layers):
            found = _action_values(layer, later)
            values.append(found)
            later = found.max(axis=2)
        self._values = values[::-1]  # of each step, [payments, S, A]

    def of(self, world: Worlds, step: int) -> Floats:
        """Returns the values of the agent's actions in a world, float64 [payments, A].

        Args:
            world: structured [1].
            step: the number of steps taken.

        Raises:
            SafetyEnvsError: the world is not reached from the starts, or the episode is longer.
        """
        found = self._layers[min(step, len(self._layers) - 1)].states.find(world)
        check_covered(found >= 0, step, len(self._layers))
        return np.asarray(self._values[step][:, found[0]])


def _action_values(layer: Layer, later: Floats) -> Floats:
    """Returns the values of actions [payments, S, A], given those of the next layer's states."""
    shape = layer.payments.shape
    pairs = np.repeat(np.arange(shape[1] * shape[2]), np.diff(layer.first))
    expected = [
        np.bincount(pairs, layer.probability * value[layer.successor], shape[1] * shape[2])
        for value in later
    ]
    return layer.payments + np.reshape(expected, shape)
