"""Frames: the picture of a world between a title and a panel of numbers.

All frames have one aspect, 4 to 5. All drawing uses `pygame.Surface`s in memory; no display is
opened.
"""

from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import WALL
from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.core.palette import COLOURS
from safety_envs.core.picture import Inset
from safety_envs.render.board import BoardPainter, beside
from safety_envs.render.caption import Caption
from safety_envs.render.font import fitted, font, words
from safety_envs.render.looks import SMALLEST
from safety_envs.render.strip import Strip

WIDTH = 400
"""The width of a frame in pixels, unless its cells would be smaller than `SMALLEST`."""

NARROWEST, WIDEST = 300, 4000
"""The widths that a frame may have, in pixels."""

ASPECT = 5 / 4
"""The height of a frame, relative to its width."""

ALONE = 336  # the approximate width of a board without a caption, in pixels
LARGEST = 0.18  # the side of the largest cells, relative to the width of a frame


class Painter:
    """Draws worlds of one configuration.

    Args:
        configuration: the environment.
        width: the width of a frame in pixels; chosen so that cells are large enough if None.
    """

    def __init__(self, configuration: Configuration, width: int | None = None) -> None:
        self.configuration = configuration
        self._given = width

    @cached_property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame in pixels."""
        width = self._given or self._least_width()
        return width, round(width * ASPECT)

    def picture(self, worlds: npt.NDArray[np.void], caption: Caption) -> npt.NDArray[np.uint8]:
        """Returns the frame of the first world, uint8 [rows, cols, 3]."""
        import pygame

        frame = pygame.Surface(self.size)
        frame.fill(beside(self.configuration))
        if self.configuration.legend:
            for title, painter, (x, y) in self._boards:
                frame.blit(painter.surface(worlds), (x, y))
                self._title(frame, title, x, y, painter.size[0])
        else:
            self._bars(frame, worlds)
        self._strip.draw(frame, caption)
        return _pixels(frame)

    def without_caption(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.uint8]:
        """Returns the board of the first world alone, uint8 [rows, cols, 3]."""
        return _pixels(self.board_alone.surface(worlds))

    @cached_property
    def board_alone(self) -> BoardPainter:
        """Draws the board without a frame."""
        cols = self.configuration.board.shape[1]
        return BoardPainter(self.configuration, max(SMALLEST, min(56, ALONE // cols)), views=False)

    @cached_property
    def _strip(self) -> Strip:
        return Strip(self.configuration, self.size[0])

    @cached_property
    def inset(self) -> Inset | None:
        """The second picture beside the board, if there is one."""
        picture = self.configuration.environment.picture
        if picture is None or picture.inset is None:
            return None
        return picture.inset(self.configuration.level)

    def _cells(self) -> tuple[float, float]:
        """Returns how many rows and columns of cells stand in a frame, with the gaps."""
        rows, cols = self.configuration.board.shape
        return (rows + 1, 2 * cols + 0.5) if self.inset else (rows, cols)

    def _least_width(self) -> int:
        """Returns the width in which cells have the smallest side, at least `WIDTH`."""
        if not self.configuration.legend:
            return WIDTH
        rows, cols = self._cells()
        strip = Strip(self.configuration, 10 * WIDTH)
        share = ASPECT - (strip.header + strip.panel) / (10 * WIDTH)  # of the picture, in widths
        return max(WIDTH, -int(-SMALLEST * max(cols, rows / share) // 1) + 2)

    @cached_property
    def _place(self) -> "_Place":
        """Where the picture is."""
        width, height = self.size
        top = self._strip.header
        room = height - top - self._strip.panel
        rows, cols = self._cells()
        tile = int(min(room / rows, width / cols, width * LARGEST))
        return _Place(top, room, max(tile, 1))

    @cached_property
    def _boards(self) -> list[tuple[str, BoardPainter, tuple[int, int]]]:
        """The boards in a frame: title, painter and place."""
        top, room, tile = self._place
        width, inset, configuration = self.size[0], self.inset, self.configuration
        board = BoardPainter(configuration, tile)
        y = top + (room - board.size[1]) // 2
        if inset is None:
            return [("", board, ((width - board.size[0]) // 2, y))]
        y += tile // 3
        gap = (width - 2 * board.size[0]) // 3
        other = BoardPainter(_repainted(configuration, inset), tile)
        return [
            (inset.other, board, (gap, y)),
            (inset.title, other, (2 * gap + board.size[0], y)),
        ]

    def _title(self, frame: Any, title: str, x: int, y: int, width: int) -> None:
        """Draws the title of one of two boards, above it or on its upper wall."""
        size = max(self.size[0] // 32, 6)
        drawn = words(fitted(title, size, width), size, COLOURS["white"])
        wall = self._place.tile if (self.configuration.board[0] == WALL).all() else 0
        place = (x + (width - drawn.get_width()) // 2, y + wall - font(size).get_linesize() - 2)
        frame.blit(drawn, place)

    @cached_property
    def _features(self) -> Observer:
        return Observer(self.configuration, "vector")

    def _bars(self, frame: Any, worlds: npt.NDArray[np.void]) -> None:
        """Draws the features as labelled bars, for environments without a board."""
        import pygame

        top, room = self._strip.header, self.size[1] - self._strip.header - self._strip.panel
        width, margin = self.size[0], self.size[0] // 32
        frame.fill(COLOURS["floor"], (0, top, width, room))
        table = np.atleast_2d(self._features(worlds[:1])[0])
        line = min(width // 18, (room - margin) // table.size)
        size, half = max(round(line * 0.7), 6), width // 2
        for row, (agent, feature) in enumerate(np.ndindex(*table.shape)):
            name, (low, high) = list(self.configuration.features.items())[feature]
            value = float(table[agent, feature])
            label = f"{agent}: {name}" if len(table) > 1 else name
            y = top + margin + row * line
            text = fitted(f"{label}  {value:g}", size, half - 2 * margin)
            frame.blit(words(text, size), (margin, y))
            share = (value - low) / (high - low) if high > low else 0.0
            full, height = half - margin, max(line // 2, 1)
            pygame.draw.rect(frame, COLOURS["silver"], (half, y + line // 5, full, height))
            length = int(full * min(max(share, 0.0), 1.0))
            pygame.draw.rect(frame, COLOURS["blue"], (half, y + line // 5, length, height))


class _Place(NamedTuple):
    top: int  # where the picture begins, in pixels
    height: int  # its height in pixels
    tile: int  # the side of a cell in pixels


def _repainted(configuration: Configuration, inset: Inset) -> Configuration:
    """Returns a configuration whose picture is an inset."""
    environment = configuration.environment
    assert environment.picture is not None, "an inset belongs to a picture"
    picture = replace(environment.picture, paint=inset.paint, inset=None)
    return replace(configuration, environment=replace(environment, picture=picture))


def _pixels(surface: Any) -> npt.NDArray[np.uint8]:
    import pygame

    pixels = bytearray(pygame.image.tobytes(surface, "RGB"))
    width, height = surface.get_size()
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
