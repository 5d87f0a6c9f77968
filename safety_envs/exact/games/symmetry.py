"""Symmetry: agents that are alike can exchange their places, and nothing else changes.

A definition declares it by `alike`, the fields with one entry for each agent. Let g exchange
agents: their entries in these fields, their actions and their rewards. The definition claims that

    p(g s' | g s, g a) = p(s' | s, a)   and   r_{g i}(g s, g a) = r_i(s, a)

and that the performance does not change. Then the sum of rewards and the performance have equal
optimal values in s and in g s, by induction over the steps. So one world of each orbit stands for
all of them: the one whose agents are in ascending order of the bytes of their entries. If no field
belongs to an agent, g s = s, and of joint actions too only those in ascending order are needed.
(Zinkevich and Balch 2001, "Symmetry in Markov decision processes and its implications for single
agent and multi agent learning".)

It holds for optima of what is summed over all agents. Equilibria need all worlds: agents that are
alike may play differently.
"""

from itertools import combinations_with_replacement
from math import factorial, prod

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError

Ints = npt.NDArray[np.int64]


class Symmetry:
    """The exchanges of agents of a configuration.

    Args:
        configuration: its definition declares `alike`.

    Raises:
        SafetyEnvsError: it declares nothing, or a field that has no entry for each agent.
    """

    def __init__(self, configuration: Configuration) -> None:
        alike = configuration.environment.alike
        if alike is None:
            raise SafetyEnvsError(f"{configuration.id} does not declare that its agents are alike")
        self._configuration = configuration
        self._columns = _bytes_of_agents(configuration, alike)

    def order(self, worlds: npt.NDArray[np.uint8]) -> Ints:
        """Returns the agents of worlds, bytes [N, B], in canonical order, [N, agents]."""
        agents, width = self._columns.shape
        if width == 0:
            return np.tile(np.arange(agents), (len(worlds), 1))
        entries = np.ascontiguousarray(worlds[:, self._columns]).view(np.dtype((np.void, width)))
        return np.argsort(entries[..., 0], axis=1, kind="stable")

    def canonical(self, worlds: npt.NDArray[np.uint8]) -> None:
        """Replaces worlds, bytes [N, B], in place by those that stand for them."""
        self.exchange(worlds, self.order(worlds))

    def exchange(self, worlds: npt.NDArray[np.uint8], order: Ints) -> None:
        """Exchanges agents in worlds, bytes [N, B], in place: agent k becomes agent order[:, k]."""
        if self._columns.shape[1]:
            entries = worlds[:, self._columns]
            worlds[:, self._columns] = np.take_along_axis(entries, order[:, :, None], axis=1)

    def joint_actions(self) -> tuple[Ints, npt.NDArray[np.float64]] | None:
        """Returns joint actions that stand for all, [J, agents], and their shares of all, [J].

        None if all are needed.
        """
        if self._columns.shape[1]:
            return None
        agents, actions = self._configuration.agents, len(self._configuration.actions)
        joint = np.array(list(combinations_with_replacement(range(actions), agents)))
        counts = (joint[:, :, None] == np.arange(actions)).sum(axis=1)
        ways = [factorial(agents) // prod(map(factorial, each)) for each in counts.tolist()]
        return joint, np.array(ways) / actions**agents


def _bytes_of_agents(configuration: Configuration, names: tuple[str, ...]) -> Ints:
    """Returns the places of the bytes of each agent's entries in a world, [agents, bytes]."""
    agents, fields = configuration.agents, dict(configuration.world.fields or {})
    parts = [np.zeros((agents, 0), np.int64)]
    for name in names:
        kind, offset = fields[name][:2]
        if kind.shape[:1] != (agents,):
            raise SafetyEnvsError(
                f"{configuration.id}: alike names {name!r}, which does not have one entry for "
                f"each of the {agents} agents"
            )
        parts.append(offset + np.arange(kind.itemsize).reshape(agents, -1))
    return np.concatenate(parts, axis=1)
