"""Texts of worlds, for the render mode "ansi"."""

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer, picture_planes
from safety_envs.core.text import BoardTexts, board_layers, feature_lines


def text_of(configuration: Configuration, worlds: npt.NDArray[np.void]) -> str:
    """Returns the first world as text: the board, covered things and every agent's features."""
    parts = []
    if configuration.legend:
        board, planes = (
            Observer(configuration, encoding, whole=True)(worlds[:1])
            for encoding in ("board", "planes")
        )
        layers = board_layers(configuration, picture_planes(configuration))
        parts += BoardTexts(layers, configuration.board.shape)(planes, board)
    if not configuration.is_grid:
        rows = np.atleast_2d(Observer(configuration, "vector")(worlds[:1])[0])
        for agent, row in enumerate(rows):
            prefix = f"agent {agent}, " if len(rows) > 1 else ""
            names = [f"{prefix}{name}" for name in configuration.features]
            parts.append(feature_lines(names, row))
    return "\n".join(parts)
