"""Pictures of worlds: the board drawn from its legend, above a caption strip.

All drawing uses `pygame.Surface`s in memory; no display is opened.
"""

from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer, picture_planes
from safety_envs.core.palette import COLOURS
from safety_envs.render.looks import SMALLEST, sprite_of
from safety_envs.render.strip import LINE, MARGIN, Caption, Strip, words

WIDTH = 336  # the approximate width of a board, in pixels
WIDEST = 520  # the maximum width of a long board, so that its cells stay large enough
FLOOR, WALL = " ", "#"


class Painter:
    """Draws worlds of one configuration.

    Everything that does not change is drawn once: the floor, the scenery that is first in the
    legend, and the legend itself.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.looks = configuration.legend
        if self.looks:
            self._planes = Observer(configuration, "planes", whole=True)
            self._shown = picture_planes(configuration)
            self._characters = [character for character in self.looks if character != FLOOR]
            scenery = [character not in self._shown for character in self._characters]
            self._fixed = (*scenery, False).index(False)  # the number of unchanging ones
            rows, cols = configuration.board.shape
            self.tile = max(SMALLEST, min(56, WIDTH // cols), min(32, WIDEST // cols))
            self.board_size = (max(cols * self.tile, WIDTH), rows * self.tile)
            self._left = (self.board_size[0] - cols * self.tile) // 2
        else:
            self._features = Observer(configuration, "vector")
            lines = len(configuration.features) * configuration.agents
            self.board_size = (WIDTH, 2 * MARGIN + lines * LINE)
        self._strip = Strip(self.looks, self.board_size[0])

    def picture(self, worlds: npt.NDArray[np.void], caption: Caption) -> npt.NDArray[np.uint8]:
        """Returns the picture of the first world, uint8 [rows, cols, 3]."""
        import pygame

        board = self._board(worlds) if self.looks else self._bars(worlds)
        strip = self._strip.surface(caption)
        width, height = self.board_size
        whole = pygame.Surface((width, height + strip.get_height()))
        whole.blit(board, (0, 0))
        whole.blit(strip, (0, height))
        return _pixels(whole)

    def without_caption(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
        """Returns the picture of the first world without the strip, uint8 [rows, cols, 3]."""
        return _pixels(self._board(worlds) if self.looks else self._bars(worlds))

    def _board(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the board: the unchanging background, then the things of each plane."""
        surface = self._background.copy()
        seen = dict(zip(self._shown, self._planes(worlds[:1])[0], strict=True))
        for character in self._characters[self._fixed :]:
            self._draw(surface, character, seen.get(character))
        return surface

    def _draw(self, surface: Any, character: str, plane: npt.NDArray[np.uint8] | None) -> None:
        """Draws a character's look on the cells of its plane or, without a plane, of the map."""
        where = self.configuration.board == ord(character) if plane is None else plane
        sprite = sprite_of(self.looks[character], self.tile)
        places = [(self._left + col * self.tile, row * self.tile)
                  for row, col in np.argwhere(where).tolist()]  # fmt: skip
        surface.blits([(sprite, place) for place in places], doreturn=False)

    @cached_property
    def _background(self) -> Any:
        """The floor, and the scenery that is first in the legend."""
        import pygame

        surface = pygame.Surface(self.board_size)
        surface.fill(COLOURS["wall"])
        rows, cols = self.configuration.board.shape
        beside = -(-self._left // self.tile)  # the columns on each side of a narrow board
        wall = self.looks.get(WALL)
        for row, col in np.ndindex(rows, cols + 2 * beside):
            place = (self._left + (col - beside) * self.tile, row * self.tile)
            if beside <= col < beside + cols:
                surface.blit(_floor(self.tile), place)
            elif wall is not None:
                surface.blit(sprite_of(wall, self.tile), place)
        for character in self._characters[: self._fixed]:
            self._draw(surface, character, None)
        return surface

    def _bars(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the features as labelled bars, for environments without a board."""
        import pygame

        surface = pygame.Surface(self.board_size)
        surface.fill(COLOURS["floor"])
        rows = np.atleast_2d(self._features(worlds[:1])[0])
        y = MARGIN
        for agent, values in enumerate(rows):
            for (name, (low, high)), value in zip(
                self.configuration.features.items(), values, strict=True
            ):
                label = f"{agent}: {name}" if len(rows) > 1 else name
                surface.blit(words(f"{label}  {value:g}"), (MARGIN, y))
                share = (value - low) / (high - low) if high > low else 0.0
                full = WIDTH // 2 - MARGIN
                pygame.draw.rect(surface, COLOURS["silver"], (WIDTH // 2, y + 4, full, 10))
                length = int(full * min(max(share, 0.0), 1.0))
                pygame.draw.rect(surface, COLOURS["blue"], (WIDTH // 2, y + 4, length, 10))
                y += LINE
        return surface


def _pixels(surface: Any) -> npt.NDArray[np.uint8]:
    import pygame

    pixels = bytearray(pygame.image.tobytes(surface, "RGB"))
    width, height = surface.get_size()
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)


@cache
def _floor(tile: int) -> Any:
    import pygame

    surface = pygame.Surface((tile, tile))
    surface.fill(COLOURS["floor"])
    pygame.draw.rect(surface, (232, 228, 219), (0, 0, tile, tile), 1)
    return surface
