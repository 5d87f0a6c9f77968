"""Repeated games, read off an environment by playing it: what each joint action pays, and shows."""

from itertools import product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs import Configuration, Engine, Observer, SafetyEnvsError


class RepeatedGame(NamedTuple):
    """A game of two players with a memory of one step.

    State 0 is the start; state 1 + j follows joint action j, where j = first * actions + second.
    """

    payoffs: npt.NDArray[np.float64]  # [actions^2, players]
    metrics: dict[str, npt.NDArray[np.float64]]  # what else a step counts, [actions^2] each
    seen: npt.NDArray[np.int64]  # [states, players] which of its sights a player has in a state


class SignedGame(NamedTuple):
    """A repeated game that both players may first agree to play under a contract.

    A player's logits are those of its first action under the contract, then those without it, and
    last that of signing. The contract is in force if both sign.
    """

    contracted: RepeatedGame
    plain: RepeatedGame

    @property
    def seen(self) -> npt.NDArray[np.int64]:
        """Which of its sights a player has in a state, [states, players]."""
        return self.plain.seen

    @property
    def metrics(self) -> dict[str, npt.NDArray[np.float64]]:
        """What else a step counts, [actions^2] each."""
        return self.plain.metrics


Game = RepeatedGame | SignedGame


def sights_of(game: Game) -> list[int]:
    """Returns how many different things each player sees while it plays."""
    return [int(game.seen[:, k].max()) + 1 for k in range(2)]


def joint_payoffs(configuration: Configuration) -> npt.NDArray[np.float64]:
    """Returns the rewards of every joint action, [actions, ..., actions, agents], by playing it."""
    agents, actions = configuration.agents, len(configuration.actions)
    engine = _after_all_joint_actions(configuration)
    return engine.ledger.rewards.reshape(*[actions] * agents, agents).copy()


def repeats(configuration: Configuration) -> bool:
    """Tells whether an environment repeats one game, as far as two steps show.

    It ends by no rule, shows whole numbers, and pays for a joint action again what it paid before.
    The number of steps in an episode does not matter.
    """
    configuration = configuration.with_keywords(max_steps=3)
    engine = _after_all_joint_actions(configuration)
    once, seen = engine.ledger.rewards.copy(), Observer(configuration)(engine.worlds)
    if engine.ledger.terminated.any() or (seen % 1 != 0).any():
        return False
    engine.step(np.array(_joint_actions(configuration)))
    return np.allclose(engine.ledger.rewards, once)


def repeated_game(configuration: Configuration) -> RepeatedGame:
    """Returns the game that an environment of two players repeats.

    Raises:
        SafetyEnvsError: not two players, or what is seen first is not always the same.
    """
    observe = Observer(configuration)
    engine = Engine(configuration, 8)
    engine.reset()
    starts = observe(engine.worlds)
    if configuration.agents != 2 or (starts != starts[0]).any():
        raise SafetyEnvsError(
            f"{configuration.id} is not a repeated game of two players with one start"
        )
    engine = _after_all_joint_actions(configuration)
    sights = np.concatenate([starts[:1], observe(engine.worlds)])
    sights = sights.reshape(len(sights), 2, -1)
    seen = [np.unique(sights[:, k], axis=0, return_inverse=True)[1].ravel() for k in range(2)]
    return RepeatedGame(
        engine.ledger.rewards.copy(), _metrics_of_a_step(engine), np.stack(seen, axis=1)
    )


def _metrics_of_a_step(engine: Engine) -> dict[str, npt.NDArray[np.float64]]:
    """Returns metric -> what each world counted in its first step, [N]."""
    ledger, layout = engine.ledger, engine.configuration.layout
    return {
        "reward": ledger.rewards.sum(axis=1),
        **dict(zip(layout.channels, ledger.totals.T.copy(), strict=True)),
        **dict(zip(layout.per_agent, ledger.per_agent.sum(axis=2).T, strict=True)),
    }


def _after_all_joint_actions(configuration: Configuration) -> Engine:
    joint = np.array(_joint_actions(configuration))
    engine = Engine(configuration, len(joint))
    engine.reset()
    engine.step(joint)
    return engine


def _joint_actions(configuration: Configuration) -> list[tuple[int, ...]]:
    return list(product(range(len(configuration.actions)), repeat=configuration.agents))
