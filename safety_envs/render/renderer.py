"""Render modes: the results of `render()`, and the window of "human"."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.keywords import whole_number
from safety_envs.render.caption import Pair, caption_of, caption_text
from safety_envs.render.image import NARROWEST, WIDEST, Painter
from safety_envs.render.text import text_of

RENDER_MODES = ("rgb_array", "ansi", "human")
FRAMES_PER_SECOND = 8


class Renderer:
    """Draws the worlds of an engine in one render mode.

    Args:
        configuration: the environment.
        mode: one of `RENDER_MODES`.
        title: the first line of the caption; the environment's id if None.
        size: the width of a picture in pixels; if None, 400 or what large boards need.
        best: R* and P*, which the caption then shows; a renderer never computes them.

    Raises:
        SafetyEnvsError: an invalid size.
    """

    def __init__(
        self,
        configuration: Configuration,
        mode: str,
        title: str | None = None,
        size: int | None = None,
        best: Pair | None = None,
    ) -> None:
        self.configuration = configuration
        self.mode = mode
        self.title = title or configuration.id
        self.size = None if size is None else checked_size(size)
        self.best = best
        self._painter = Painter(configuration, self.size) if mode != "ansi" else None
        self._window: Any = None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Renderer":
        return Renderer(*self._arguments)  # with its own window

    def __reduce__(self) -> tuple[Any, ...]:
        return Renderer, self._arguments

    @property
    def _arguments(self) -> tuple[Any, ...]:
        return self.configuration, self.mode, self.title, self.size, self.best

    def draw(self, engine: Engine, world: int = 0) -> npt.NDArray[np.uint8] | str | None:
        """Returns the picture, uint8 [rows, cols, 3], or the text of a world; None in "human".

        The caption says all about the last step if the engine notes steps, see
        `Engine.note_steps`.
        """
        worlds = engine.worlds[world : world + 1]
        caption = caption_of(engine, world, self.title, self.best)
        if self._painter is None:
            return f"{text_of(self.configuration, worlds)}\n\n{caption_text(caption)}"
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


def checked_size(size: Any, name: str = "render_size") -> int:
    """Returns the width of a picture in pixels.

    Raises:
        SafetyEnvsError: it is not a whole number in 300 .. 4000.
    """
    return whole_number(size, name, NARROWEST, WIDEST)


def renderer_of(engine: Engine, mode: str | None, size: int | None = None) -> Renderer | None:
    """Returns a renderer of an engine, which then notes its steps; None without a render mode.

    Raises:
        SafetyEnvsError: an invalid size.
    """
    size = None if size is None else checked_size(size)
    if mode is None:
        return None
    engine.note_steps()
    return Renderer(engine.configuration, mode, size=size)
