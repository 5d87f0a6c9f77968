"""Bounds over all pure Markov-perfect equilibria, by backward induction on intervals.

For each state and time they bound each agent's value in any equilibrium, the sum of rewards and the
performance. A joint action is possible only if, for each agent, its best-case value is at least the
worst-case value of each other action. In a possible joint action an agent's value is at least the
worst-case value of its best other action. The values of successors are treated as independent. So
all equilibria lie within the bounds, but the bounds may not be attained. If no joint action is
possible in a reachable state, there is no equilibrium.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.progress import progress
from safety_envs.exact.games.joint_model import Floats, Mask
from safety_envs.exact.games.stage import StageGames


class Bounds(NamedTuple):
    """Bounds over all equilibria; the last two rows are the sum of rewards and the performance."""

    low: Floats  # [n + 2, S] with no steps taken
    high: Floats  # [n + 2, S]
    possible: list[npt.NDArray[np.uint8]]  # [T] bits [S, J]: is a joint action possible?


def bounds(games: StageGames, *, symmetric: bool) -> Bounds | None:
    """Returns bounds over all equilibria, or None if there is none.

    Args:
        games: the game.
        symmetric: only equilibria in which agents with equal observations act alike.
    """
    model, n = games.model, games.agents
    pay = np.concatenate(
        [model.payments[:-1], [model.payments[:-1].sum(axis=0)], model.payments[-1:]]
    )
    low = np.zeros((n + 2, len(model.worlds.start)))
    high = low.copy()
    packed = []
    allowed = model.alike if symmetric else np.ones_like(model.alike)
    for t in progress(range(games.steps - 1, -1, -1), "bounds over equilibria"):
        reached = games.reached[t]
        least, most = pay + model.later(low), pay + model.later(high)
        possible = allowed & reached[:, None]
        for agent in range(n):
            floor, ok = _against_others(games, agent, least[agent], most[agent])
            possible &= ok
            least[agent] = np.maximum(least[agent], floor)
        if not possible.any(axis=1)[reached].all():
            return None
        least[n] = np.maximum(least[n], least[:n].sum(axis=0))
        most[n] = np.minimum(most[n], most[:n].sum(axis=0))
        low = np.where(possible, least, np.inf).min(axis=2)
        high = np.where(possible, most, -np.inf).max(axis=2)
        low[:, ~reached] = high[:, ~reached] = 0.0
        low[n] = np.maximum(low[n], low[:n].sum(axis=0))
        high[n] = np.minimum(high[n], high[:n].sum(axis=0))
        packed.append(np.packbits(possible, axis=1))
    return Bounds(low, high, packed[::-1])


def _against_others(
    games: StageGames, agent: int, least: Floats, most: Floats
) -> tuple[Floats, Mask]:
    """Returns an agent's least value in equilibrium, and where it may not deviate, [S, J] each.

    Args:
        games: the game.
        agent: the number of the agent.
        least: [S, J] a lower bound of its value after each joint action.
        most: [S, J] an upper bound.
    """
    shape = (len(least), *[games.num_actions] * games.agents)
    kind, pay = games.rows.kind.reshape(shape), games.model.payments[agent].reshape(shape)
    low, high, axis = least.reshape(shape), most.reshape(shape), 1 + agent
    floor = low.max(axis=axis, keepdims=True)
    ok = np.ones(shape, np.bool_)
    for action in range(games.num_actions):
        deviations = [slice(None)] * len(shape)
        deviations[axis] = slice(action, action + 1)
        other = tuple(deviations)
        gain = np.where(kind == kind[other], pay[other] - pay, low[other] - high)
        ok &= gain <= games.tolerance
    return np.broadcast_to(floor, shape).reshape(least.shape), ok.reshape(least.shape)
