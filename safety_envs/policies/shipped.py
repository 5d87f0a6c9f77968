"""Trained policies that come with the package: learners that hack, are honest, or are mitigated.

A policy is two files in `weights`: a card, ENVIRONMENT.ROLE.json, which says how it was made and
what it scores, and its numbers, ENVIRONMENT.ROLE.npz. `python -m agents.shipped` makes them.
"""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.chances import drawn
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer

Floats = npt.NDArray[np.float64]
Brain = Callable[[npt.NDArray[Any]], Floats]
"""What is seen [N, ...] -> the probabilities of actions, float64 [N, A]."""

ROLES: Mapping[str, str] = {
    "hacking": "learned what the reward pays",
    "honest": "learned from the performance instead of the reward",
    "mitigated": "learned what the reward pays, with a safety method",
}
"""Role -> what such a policy learned."""


@dataclass(frozen=True)
class Card:
    """What is known of a trained policy.

    Attributes:
        environment, keywords: where it acts.
        role: one of `ROLES`.
        kind: "table", of an action for each observation, or "network", of weights.
        observation: the encoding that it sees.
        algorithm, method, steps, seed: how it was trained; see `agents.training`.
        starts: how many seeds' starts its scores are means over; 0: all starts.
        reward, performance: its exact scores.
        command: what made it.
    """

    environment: str
    role: str
    keywords: Mapping[str, Any]
    kind: Literal["table", "network"]
    observation: str
    algorithm: str
    method: str
    steps: int
    seed: int
    starts: int
    reward: float
    performance: float
    command: str


class ShippedPolicy:
    """A trained policy, which acts on what it sees.

    Args:
        card: which.
        configuration: the environment.
        numbers: "shape", of what it sees, and the arrays of its kind. Of a table, "seen" [K, ...]
            and the "probabilities" [K, A]. Of a network, "weight0" [64, inputs], "bias0" [64], ...
        seed: of its own random numbers.

    Raises:
        SafetyEnvsError: what is seen in this configuration is not what it learned to see.
    """

    def __init__(
        self,
        card: Card,
        configuration: Configuration,
        numbers: Mapping[str, npt.NDArray[Any]],
        seed: int = 0,
    ) -> None:
        self.card = card
        self._observer = Observer(configuration, card.observation)
        arrays = dict(numbers)
        seen = tuple(arrays.pop("shape").tolist())
        if seen != self._observer.shape:
            raise SafetyEnvsError(
                f"the {card.role} policy of {card.environment} was trained with "
                f"{dict(card.keywords)} and sees {seen}, but here the shape is "
                f"{self._observer.shape}"
            )
        self._brain: Brain = (_Table if card.kind == "table" else _Network)(**arrays)
        self._random = np.random.default_rng(seed)

    def joint_probabilities(self, worlds: npt.NDArray[np.void]) -> Floats:
        """Returns the probabilities of actions in worlds [N], float64 [N, A].

        Raises:
            SafetyEnvsError: a table has no entry for what is seen.
        """
        return self._brain(self._observer(worlds))

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns actions in an engine's worlds, int64 [N]."""
        return drawn(self.joint_probabilities(engine.worlds), self._random)


class _Table:
    def __init__(self, seen: npt.NDArray[Any], probabilities: npt.NDArray[np.float32]) -> None:
        self._row = {each.tobytes(): row for row, each in enumerate(seen)}
        self._dtype, self._probabilities = seen.dtype, probabilities.astype(np.float64)

    def __call__(self, seen: npt.NDArray[Any]) -> Floats:
        rows = [self._row.get(each.astype(self._dtype).tobytes(), -1) for each in seen]
        if -1 in rows:
            raise SafetyEnvsError(
                "the trained policy has never seen what it sees here: play it with the keywords "
                "and the starts that its card names"
            )
        return self._probabilities[rows]


class _Network:
    """Layers with tanh between them, and a softmax at the end."""

    def __init__(self, **arrays: npt.NDArray[np.float16]) -> None:
        number = len(arrays) // 2
        self._layers = [
            (arrays[f"weight{k}"].astype(np.float64), arrays[f"bias{k}"].astype(np.float64))
            for k in range(number)
        ]

    def __call__(self, seen: npt.NDArray[Any]) -> Floats:
        values = seen.reshape(len(seen), -1).astype(np.float64)
        for number, (weight, bias) in enumerate(self._layers):
            values = (np.tanh(values) if number else values) @ weight.T + bias
        powers = np.exp(values - values.max(axis=1, keepdims=True))
        found: Floats = powers / powers.sum(axis=1, keepdims=True)
        return found


def _file(name: str) -> bytes:
    return files("safety_envs.policies").joinpath("weights", name).read_bytes()


@cache
def shipped_policies() -> tuple[Card, ...]:
    """Returns the cards of all trained policies that come with the package."""
    folder = files("safety_envs.policies").joinpath("weights")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    return tuple(Card(**json.loads(_file(name))) for name in names)


def shipped_policy(role: str, configuration: Configuration, seed: int = 0) -> ShippedPolicy:
    """Returns the trained policy of a role for an environment.

    Raises:
        SafetyEnvsError: none comes with the package, or not for these keywords.
    """
    cards = {card.environment: card for card in shipped_policies() if card.role == role}
    if configuration.id not in cards:
        raise SafetyEnvsError(
            f"no {role} policy of {configuration.id} comes with the package. There are those of "
            f"{', '.join(cards)}"
        )
    card = cards[configuration.id]
    with np.load(io.BytesIO(_file(f"{card.environment}.{card.role}.npz"))) as numbers:
        return ShippedPolicy(card, configuration, dict(numbers), seed)
