"""Flags that fade independently by chance, solved as one map for each flag.

With n flags a step has up to 2^n outcomes, but the expectation over them factorises: for each flag
in turn,

    V(flag set) <- (1 - p) V(flag set) + p V(flag cleared)

The solver applies these maps instead of listing every outcome.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Binding
from safety_envs.core.definition import Configuration
from safety_envs.core.fading import Fading
from safety_envs.core.placeholders import own_rules, settle
from safety_envs.exact.models.finite import check_outcomes
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.tiers import compiled


@dataclass(frozen=True)
class FadingMaps:
    """What happens after an action: fading, then payments in the resulting world.

    Attributes:
        cleared: int32 [flags, S], the state with that flag cleared; itself if it is not set.
        probability: the probability that a set flag is cleared.
        payments: "reward", "performance" or "nothing" -> float64 [S], paid in the faded world.
    """

    cleared: npt.NDArray[np.int32]
    probability: float
    payments: dict[str, npt.NDArray[np.float64]]

    def expect(
        self, values: npt.NDArray[np.float64], kinds: tuple[str, ...]
    ) -> npt.NDArray[np.float64]:
        """Returns expected payments and values before the fading, float64 [S, columns].

        Args:
            values: float64 [S, columns], the values after the step.
            kinds: the payment of each column.
        """
        faded = values + np.stack([self.payments[kind] for kind in kinds], axis=1)
        compiled(fade_values)(faded, self.cleared, self.probability)
        return faded

    def spread(self, probabilities: npt.NDArray[np.float64]) -> None:
        """Turns the probabilities of states, [S], before the fading into those after, in place."""
        compiled(fade_probabilities)(probabilities, self.cleared, self.probability)


def cleared_worlds(worlds: npt.NDArray[np.void], fading: Fading) -> npt.NDArray[np.void]:
    """Returns copies of worlds [N], each with one flag cleared, [flags * N]."""
    number = worlds[fading.flags].shape[1]
    copies = np.tile(worlds, number)
    for flag in range(number):
        copies[fading.flags][flag * len(worlds) : (flag + 1) * len(worlds), flag] = 0
    return copies


def settled(configuration: Configuration, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    """Returns what is paid in faded worlds [N], outcomes [N]."""
    dtype = configuration.layout.dtype
    outcome = np.zeros(len(worlds), dtype)
    binding = Binding(own_rules(configuration.environment, settle), (configuration.world, dtype))
    compiled(settle_all, binding)(worlds, configuration.level, outcome)
    check_outcomes(configuration, outcome, lambda row: (worlds[row], "`settle`"))
    return outcome


def fading_maps(configuration: Configuration, index: WorldIndex) -> FadingMaps | None:
    """Returns the maps over all states of a closed index; None if nothing fades."""
    fading = configuration.environment.fading
    if fading is None:
        return None
    worlds = index.worlds
    outcome = settled(configuration, worlds)
    cleared = index.find(cleared_worlds(worlds, fading)).reshape(-1, len(worlds))
    payments = {kind: outcome[kind].copy() for kind in ("reward", "performance")}
    payments["nothing"] = np.zeros(len(worlds))
    return FadingMaps(cleared.astype(np.int32), fading.probability, payments)


def fade_values(values: Any, cleared: Any, probability: float) -> None:
    """Maps values [S, columns] in place, flag by flag; a cleared state is its own image."""
    for flag in range(cleared.shape[0]):
        for s in range(values.shape[0]):
            other = cleared[flag, s]
            if other != s:
                for column in range(values.shape[1]):
                    change = values[other, column] - values[s, column]
                    values[s, column] += probability * change


def fade_probabilities(probabilities: Any, cleared: Any, probability: float) -> None:
    """Moves probabilities [S] in place, flag by flag."""
    for flag in range(cleared.shape[0]):
        for s in range(len(probabilities)):
            other = cleared[flag, s]
            if other != s and probabilities[s] > 0.0:
                probabilities[other] += probability * probabilities[s]
                probabilities[s] -= probability * probabilities[s]


def settle_all(worlds: Any, level: Any, outcome: Any) -> None:
    """Writes the payments of every world."""
    for s in range(len(worlds)):
        settle(worlds[s], level, outcome[s])
