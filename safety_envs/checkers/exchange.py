"""Checks that agents which a definition declares alike can exchange their places."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.checkers.rules import WORLDS, NotApplicable, moments
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import keys
from safety_envs.exact.games.symmetry import Ints, Symmetry
from safety_envs.exact.models.expand import Expander

SAMPLED, STEPS = 12, 6
"""How many joint actions are tried in each world, and after how many steps of random play."""


class _Sample(NamedTuple):
    """What is compared: worlds [N], in each of which the same joint actions [K, n] are tried."""

    worlds: npt.NDArray[np.void]
    joint: Ints


def check_exchange(configuration: Configuration) -> None:
    """Exchanges neighbouring agents and their actions in some worlds, and compares all outcomes."""
    if configuration.environment.alike is None:
        raise NotApplicable("it does not declare that agents are alike")
    symmetry, sample = Symmetry(configuration), _sample(configuration)
    try:
        before = _outcomes(configuration, sample, None)
    except SafetyEnvsError as error:
        raise NotApplicable(f"its outcomes cannot be listed: {error}") from error
    for agent in range(configuration.agents - 1):
        order = np.arange(configuration.agents)
        order[[agent, agent + 1]] = agent + 1, agent
        worlds = sample.worlds.copy()
        symmetry.exchange(keys(worlds), np.tile(order, (len(worlds), 1)))
        exchanged = _outcomes(configuration, _Sample(worlds, sample.joint[:, order]), order)
        for (world, action), found in before.items():
            other = exchanged[world, action]
            assert _equal(found, other), (
                f"agents {agent} and {agent + 1} do not just exchange their outcomes: the actions "
                f"{sample.joint[action].tolist()} in the world {sample.worlds[world]} have other "
                "outcomes than their exchange"
            )


def _sample(configuration: Configuration) -> _Sample:
    engine = Engine(configuration, WORLDS)
    worlds = np.unique(np.concatenate([now.copy() for _, now in moments(engine, STEPS)]))
    random = np.random.default_rng(0)
    chosen = random.permutation(len(worlds))[: 2 * WORLDS]
    size = (SAMPLED, configuration.agents)
    return _Sample(worlds[chosen], random.integers(len(configuration.actions), size=size))


Listed = dict[tuple[bytes, ...], float]


def _outcomes(
    configuration: Configuration, sample: _Sample, order: Ints | None
) -> dict[tuple[int, int], Listed]:
    """Returns the outcomes of joint actions in worlds and their probabilities.

    Args:
        configuration: the environment.
        sample: the worlds and joint actions.
        order: exchanges the agents of what comes out; None to leave it as it is.
    """
    out = Expander(configuration, actions=sample.joint).outcomes(sample.worlds)
    worlds, rewards = out.worlds.copy(), out.rewards
    per_agent = out.per_agent.reshape(len(worlds), -1, configuration.agents)
    if order is not None:
        Symmetry(configuration).exchange(keys(worlds), np.tile(order, (len(worlds), 1)))
        rewards, per_agent = rewards[:, order], per_agent[:, :, order]
    numbers = np.column_stack(
        [rewards, per_agent.reshape(len(worlds), -1), out.channels, out.terminated]
    )
    numbers = np.round(numbers, 9) + 0.0  # + 0.0: no minus zero
    found: dict[tuple[int, int], Listed] = {}
    pairs = zip(out.source.tolist(), out.action.tolist(), strict=True)
    for row, pair in enumerate(pairs):
        listed = found.setdefault(pair, {})
        key = worlds[row].tobytes(), numbers[row].tobytes()
        listed[key] = listed.get(key, 0.0) + float(out.probability[row])
    return found


def _equal(one: Listed, other: Listed) -> bool:
    return one.keys() == other.keys() and all(
        abs(share - other[key]) < 1e-9 for key, share in one.items()
    )
