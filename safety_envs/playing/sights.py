"""What a person at play sees of a world: what the agent observes or, revealed, all of it."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer, picture_planes, planes_of
from safety_envs.core.text import Layer, board_layers, feature_lines, window_layers
from safety_envs.exact.models.information import visible
from safety_envs.render.text import text_of

Worlds = npt.NDArray[np.void]

UNNAMED = ("#", " ")
"""Characters that need no explanation."""


class Feature(NamedTuple):
    """A feature that an agent observes."""

    name: str
    value: str
    share: float  # 0 at the lower bound, 1 at the upper one


class Sights:
    """Shows the worlds of one configuration.

    Where agents have features, the picture is shown too, without hidden fields.

    Args:
        configuration: the environment.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._several = configuration.environment.is_multi_agent
        self._texts = Observer(configuration, "text")

    def text(self, worlds: Worlds, agent: int, revealed: bool) -> str:
        """Returns the first world as the text of what an agent observes, or of all there is."""
        if revealed:
            return text_of(self.configuration, worlds)
        texts = self._texts(worlds[:1])[0]
        if not self._several:
            return str(texts)
        own = str(texts[agent])
        if self.configuration.is_grid or not self.configuration.legend:
            return own
        board = Observer(self.configuration, "text", whole=True)(self.pictured(worlds))[0]
        return f"{board}\n{own}"

    def rows(self, revealed: bool) -> int:
        """Returns how many lines of the text are a board; they are the first ones."""
        configuration, view = self.configuration, self.configuration.environment.view
        if view is not None and not revealed:
            return view.side(configuration.level)
        return len(configuration.board) if configuration.legend else 0

    def pictured(self, worlds: Worlds) -> Worlds:
        """Returns the worlds that a picture may show: hidden fields are cleared if it could tell.

        A grid's picture is what the agent observes, apart from its view.
        """
        return worlds if self.configuration.is_grid else visible(self.configuration, worlds)

    def features(self, worlds: Worlds, agent: int) -> list[Feature]:
        """Returns what an agent observes beside the picture; none for a grid."""
        if self.configuration.is_grid:
            return []
        values = Observer(self.configuration, "vector")(worlds[:1])[0]
        own = np.atleast_2d(values)[agent if self._several else 0]
        names, bounds = self.configuration.features.keys(), self.configuration.features.values()
        lines = feature_lines(names, own).split("\n")
        return [
            Feature(name, line.removeprefix(f"{name}: "), _share(float(value), *within))
            for name, line, value, within in zip(names, lines, own, bounds, strict=True)
        ]

    def legend(self, revealed: bool) -> list[str]:
        """Returns what the characters of the text mean: "A robot", "C camera"."""
        return list((self._whole_legend if revealed else self._seen_legend).values())

    @cached_property
    def _whole_legend(self) -> dict[str, str]:
        if not self.configuration.legend:
            return {}
        return _explained(board_layers(self.configuration, picture_planes(self.configuration)))

    @cached_property
    def _seen_legend(self) -> dict[str, str]:
        configuration, view = self.configuration, self.configuration.environment.view
        if view is not None:
            return _explained(window_layers(configuration, view.side(configuration.level)))
        if not configuration.legend:
            return {}
        return _explained(board_layers(configuration, planes_of(configuration)))


def _share(value: float, low: float, high: float) -> float:
    """Returns where a value lies between finite bounds, 0 .. 1; 0 without them."""
    if not np.isfinite(high - low) or high <= low:
        return 0.0
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _explained(layers: Iterable[Layer]) -> dict[str, str]:
    return {
        each.character: f"{each.character} {each.name}"
        for each in layers
        if each.character not in UNNAMED
    }
