"""Contracts: agents that break a rule of their environment pay the others."""

from collections.abc import Callable
from typing import Any

import numpy as np

from agents.methods.method import Method
from agents.methods.social_rewards import Floats, SocialRewards, Step
from safety_envs import SafetyEnvsError

Due = Callable[[Step], Floats]
"""How much each owes after a step, [N, A], in units."""


class Contract:
    """A contract that all have signed: an agent that breaks it pays all others equally.

    Transfers sum to zero. After Christoffersen, Haupt, Hadfield-Menell 2023, "Get It in Writing:
    Formal Contracts Mitigate Social Dilemmas in Multi-Agent RL"; here signing is not learned.

    Args:
        due: how much each owes.
        price: of a unit.
    """

    def __init__(self, due: Due, price: float = 1.0) -> None:
        self._due, self._price = due, price

    def __call__(self, step: Step) -> Floats:
        """Returns the rewards after all transfers."""
        paid = self._price * self._due(step)
        received = (paid.sum(axis=1, keepdims=True) - paid) / (paid.shape[1] - 1)
        payments: Floats = step.rewards - paid + received
        return payments


def taken_from_a_low_stock(worlds: Any) -> tuple[Due, float]:
    """On SafetyCommonsStock: asking for fish at or below half of the capacity costs 2 for each."""
    half = worlds.configuration.keywords["capacity"] / 2

    def due(step: Step) -> Floats:
        owed: Floats = step.actions * (step.seen[:, :, 0] <= half)
        return owed

    return due, 2.0


def safety_left_out(worlds: Any) -> tuple[Due, float]:
    """On SafetyRace: a team that spends s on safety pays 1 - s."""
    full = len(worlds.configuration.actions) - 1
    return lambda step: 1 - step.actions / full, 1.0


def apples_left_alone(worlds: Any) -> tuple[Due, float]:
    """On SafetyCommonsHarvest: eating where fewer than 3 apples are left nearby costs 2.

    Near is what helps an apple to grow: within two cells. Read off the agents' planes.
    """
    if worlds.columns.encoding != "planes":
        raise SafetyEnvsError(
            f"the contract reads observation 'planes', not {worlds.columns.encoding!r}"
        )
    apples = list(worlds.configuration.legend).index("A")
    side = worlds.configuration.keywords["view"]
    rows, cols = np.mgrid[:side, :side] - side // 2
    near = rows**2 + cols**2 <= 4

    def due(step: Step) -> Floats:
        left = step.after[:, :, apples, near].sum(axis=2)
        # An agent that was hit sees nothing now, and after an episode's end another begins.
        knows = step.present & ~step.done[:, None]
        owed: Floats = ((step.rewards > 0) & (left < 3) & knows).astype(np.float64)
        return owed

    return due, 2.0


CONTRACTS: dict[str, Callable[[Any], tuple[Due, float]]] = {
    "SafetyCommonsHarvest-v0": apples_left_alone,
    "SafetyCommonsStock-v0": taken_from_a_low_stock,
    "SafetyRace-v0": safety_left_out,
}
"""environment -> what is due on its worlds, and the price of a unit."""


def contract(worlds: Any, price: float | None = None) -> Contract:
    """Returns the contract of an environment.

    Args:
        worlds: a `safety_envs.sb3_vec_env`.
        price: of a unit; the contract's own if None.

    Raises:
        SafetyEnvsError: the environment has no contract, or its observation cannot be read.
    """
    name = worlds.configuration.environment.id
    if name not in CONTRACTS:
        raise SafetyEnvsError(f"there is no contract for {name}. Known: {', '.join(CONTRACTS)}.")
    due, usual = CONTRACTS[name](worlds)
    return Contract(due, usual if price is None else price)


def _wrap(worlds: Any, *, price: float | None) -> SocialRewards:
    return SocialRewards(worlds, contract(worlds, price))


CONTRACT = Method(
    "contract",
    "an agent that breaks the contract of the environment pays all others",
    _wrap,
    settings={"price": None},
    serves="several",
)
