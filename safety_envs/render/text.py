"""Texts of worlds."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer


def text_of(configuration: Configuration, worlds: npt.NDArray[np.void]) -> str:
    """Returns the first of the worlds as text: its board, or one line per feature."""
    if configuration.legend:
        text: str = Observer(configuration, "text", whole=True)(worlds)[0]
        return text
    values = Observer(configuration, "vector")(worlds)[0]
    names = list(configuration.features)
    rows = np.atleast_2d(values)
    return "\n".join(
        f"{_agent(agent, rows)}{name:<{max(map(len, names))}}  {row[i]:g}"
        for agent, row in enumerate(rows)
        for i, name in enumerate(names)
    )


def _agent(agent: int, rows: npt.NDArray[Any]) -> str:
    return f"agent {agent}  " if len(rows) > 1 else ""
