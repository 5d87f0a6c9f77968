"""Render modes: the results of `render()`, and the window of "human"."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.render.image import Painter
from safety_envs.render.strip import Caption
from safety_envs.render.text import text_of

RENDER_MODES = ("rgb_array", "ansi", "human")
FRAMES_PER_SECOND = 8


class Renderer:
    """Draws the worlds of an engine in one render mode.

    Args:
        configuration: the environment.
        mode: one of `RENDER_MODES`.
        title: the first line of the caption; the environment's id if None.
    """

    def __init__(self, configuration: Configuration, mode: str, title: str | None = None) -> None:
        self.configuration = configuration
        self.mode = mode
        self.title = title or configuration.id
        self._painter = Painter(configuration) if mode != "ansi" else None
        self._window: Any = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Renderer":
        return Renderer(self.configuration, self.mode, self.title)  # with its own window

    def __reduce__(self) -> tuple[Any, ...]:
        return Renderer, (self.configuration, self.mode, self.title)

    def draw(self, engine: Engine, world: int = 0) -> npt.NDArray[np.uint8] | str | None:
        """Returns the picture, uint8 [rows, cols, 3], or the text of a world; None in "human"."""
        worlds = engine.worlds[world : world + 1]
        if self._painter is None:
            return text_of(self.configuration, worlds)
        ledger = engine.ledger
        performance = engine.configuration.channels.index("performance")
        caption = Caption(
            self.title,
            int(ledger.steps[world]),
            float(ledger.returns[world].sum()),
            float(ledger.totals[world, performance]),
        )
        picture = self._painter.picture(worlds, caption)
        if self.mode != "human":
            return picture
        self._show(picture)
        return None

    def _show(self, picture: npt.NDArray[np.uint8]) -> None:
        import pygame

        rows, cols, _ = picture.shape
        if self._window is None:
            pygame.display.init()
            self._window = pygame.display.set_mode((cols, rows))
            pygame.display.set_caption(self.title)
            self._clock = pygame.time.Clock()
        pygame.surfarray.blit_array(self._window, picture.swapaxes(0, 1))
        pygame.event.pump()
        pygame.display.flip()
        self._clock.tick(FRAMES_PER_SECOND)

    def close(self) -> None:
        """Closes the window, if one was opened."""
        if self._window is not None:
            import pygame

            pygame.display.quit()
            self._window = None
