"""The check that rules write finite numbers: one NaN would make every certificate look safe."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError


def check_outcomes(
    configuration: Configuration,
    outcomes: npt.NDArray[np.void],
    worlds_of: Callable[[int], tuple[np.void, str]],
) -> None:
    """Checks the numbers that are summed over an episode.

    Args:
        configuration: the environment.
        outcomes: [E] what a rule wrote.
        worlds_of: number of an outcome -> the world before it, and the rule in words.

    Raises:
        SafetyEnvsError: NaN or an infinity; the message names the channel and the world.
    """
    if np.isfinite(outcomes.view(np.float64).sum()):
        return  # the usual case, in one pass
    layout = configuration.layout
    summed = layout.channels[: layout.channels_of("total", "mean").stop]
    for name in ("reward", *summed, *layout.per_agent):
        wrong = ~np.isfinite(outcomes[name].reshape(len(outcomes), -1)).all(axis=1)
        if wrong.any():
            number = int(np.argmax(wrong))
            world, rule = worlds_of(number)
            raise SafetyEnvsError(
                f"{configuration.id}: {rule} writes {outcomes[name][number]} to outcome.{name} in "
                f"the world {world_in_words(world)}. Exact analysis needs finite numbers"
            )


def check_numbers(configuration: Configuration, source: str, *numbers: Any) -> None:
    """Checks numbers that a definition gives instead of rules.

    Raises:
        SafetyEnvsError: one of them is NaN or infinite.
    """
    for each in numbers:
        if not np.isfinite(np.asarray(each, np.float64)).all():
            raise SafetyEnvsError(
                f"{configuration.id}: `{source}` gives numbers that are not finite. "
                "Exact analysis needs finite numbers"
            )


def world_in_words(world: np.void) -> str:
    """Returns the values of a world's fields."""
    names = world.dtype.names or ()
    return f"({', '.join(f'{name}={world[name].tolist()}' for name in names)})"
