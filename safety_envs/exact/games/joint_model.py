"""Joint models: multi-agent decision processes, enumerated from the rules."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer
from safety_envs.exact.models.enumeration import Enumeration, enumerate_worlds
from safety_envs.exact.models.expand import Expander

MOST_NUMBERS = 10_000_000
"""The largest size of a table of payments: states x joint actions x agents."""

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class JointModel(NamedTuple):
    """The decision process of several agents: S states, J joint actions, n agents."""

    configuration: Configuration
    worlds: Enumeration
    payments: Floats  # [n + 1, S, J] expected reward of each agent, then the performance
    alike: Mask  # [S, J] whether agents with equal observations act alike
    joint_actions: npt.NDArray[np.int64]  # [J, n]

    def later(self, values: Floats) -> Floats:
        """Returns the expectations of values [K, S] after every joint action, [K, S, J].

        After the end of an episode the value is 0.
        """
        worlds = self.worlds
        if len(worlds.successor) == 0:
            return np.zeros((len(values), *self.alike.shape))
        ended = np.column_stack([values, np.zeros(len(values))])  # number -1 is the last column
        after = np.empty((len(values), self.alike.size))
        for row, value in enumerate(ended):  # row by row is faster and needs less memory
            edges = value[worlds.successor]
            edges *= worlds.probability
            np.add.reduceat(edges, worlds.first[:-1], out=after[row])
        return after.reshape(-1, *self.alike.shape)

    def expected(self, values: Floats) -> Floats:
        """Returns the expectations of values [K, S] over the starts, [K]."""
        start = self.worlds.start
        return values[:, start > 0] @ start[start > 0] + 0.0  # + 0.0: no minus zero


def joint_model(
    configuration: Configuration, starts: npt.NDArray[np.void], probabilities: Floats
) -> JointModel:
    """Returns the multi-agent model from the given starts [K] and their probabilities [K].

    Raises:
        SafetyEnvsError: too many states or joint actions, or hidden fields.
    """
    check_nothing_hidden(configuration)
    expander = Expander(configuration)
    most = MOST_NUMBERS // (len(expander.actions) * configuration.agents)
    worlds = enumerate_worlds(expander, starts, probabilities, max(1, most))
    payments = np.concatenate([np.moveaxis(worlds.rewards, -1, 0), worlds.performance[None]])
    alike = acting_alike(expander.actions, observations(configuration, worlds.states.worlds))
    return JointModel(configuration, worlds, payments, alike, expander.actions)


def check_nothing_hidden(configuration: Configuration) -> None:
    """Checks that all agents see the whole world.

    Raises:
        SafetyEnvsError: fields are hidden.
    """
    environment = configuration.environment
    if environment.hidden:
        instead = (
            "omit seed= and starts= for all starts, by closed form"
            if environment.closed_form
            else "run policies instead (safety_envs.rollout)"
        )
        raise SafetyEnvsError(
            f"{environment.id} hides {', '.join(environment.hidden)}, but this analysis requires "
            f"that all agents see the whole world: {instead}"
        )


def observations(configuration: Configuration, worlds: npt.NDArray[np.void]) -> npt.NDArray[Any]:
    """Returns each agent's flat observation of worlds [S], [S, agents, numbers]."""
    seen: npt.NDArray[Any] = Observer(configuration)(worlds)
    return seen.reshape(len(worlds), configuration.agents, -1)


def acting_alike(actions: npt.NDArray[np.int64], seen: npt.NDArray[Any]) -> Mask:
    """Returns whether agents with equal observations take equal actions, bool [S, J].

    Args:
        actions: [J, n] joint actions.
        seen: [S, n, numbers] observations.
    """
    alike = np.ones((len(seen), len(actions)), np.bool_)
    for one in range(seen.shape[1]):
        for other in range(one):
            equal = (seen[:, one] == seen[:, other]).all(axis=1)
            alike &= ~equal[:, None] | (actions[:, one] == actions[:, other])
    return alike
