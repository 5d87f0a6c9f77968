"""Pictures of worlds: the board drawn from its legend, over a strip that says what is shown.

All drawing is done on `pygame.Surface`s in memory; no display is opened.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look
from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer, picture_planes
from safety_envs.core.palette import COLOURS
from safety_envs.render.shapes import SHAPES

FINE = 4  # shapes are drawn this many times larger, then scaled down smoothly
WIDTH = 336  # about how wide a board is drawn, in pixels
WIDEST = 520  # how wide a long one may be, so that its things can be told apart
LINE = 20  # height of one line of the strip, in pixels
SMALLEST = 20  # side of a cell, in pixels: large boards are drawn wider
MARGIN = 12
UNEXPLAINED = {"block", "blank", "faces_up", "faces_right", "faces_down", "faces_left"}
"""Shapes that the strip need not explain."""


@dataclass(frozen=True)
class Caption:
    """What the strip under the board says.

    Attributes:
        title: the first line: the agent and the environment.
        step: steps taken.
        reward: reward of the episode so far.
        performance: hidden performance of the episode so far.
    """

    title: str
    step: int
    reward: float
    performance: float


class Painter:
    """Draws worlds of one configuration."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.looks = configuration.legend
        if self.looks:
            self._planes = Observer(configuration, "planes", whole=True)
            rows, cols = configuration.board.shape
            self.tile = max(SMALLEST, min(56, WIDTH // cols), min(32, WIDEST // cols))
            self.board_size = (max(cols * self.tile, WIDTH), rows * self.tile)
        else:
            self._features = Observer(configuration, "vector")
            lines = len(configuration.features) * configuration.agents
            self.board_size = (WIDTH, 2 * MARGIN + lines * LINE)

    def picture(self, worlds: npt.NDArray[np.void], caption: Caption) -> npt.NDArray[np.uint8]:
        """Returns the picture of the first of the worlds, uint8 [rows, cols, 3]."""
        import pygame

        board = self._board(worlds) if self.looks else self._bars(worlds)
        strip = self._strip(caption)
        width, height = self.board_size
        whole = pygame.Surface((width, height + strip.get_height()))
        whole.blit(board, (0, 0))
        whole.blit(strip, (0, height))
        return np.ascontiguousarray(pygame.surfarray.array3d(whole).swapaxes(0, 1))

    def _board(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the board: floor, then every plane's things in the order of the legend."""
        import pygame

        planes = self._planes(worlds[:1])[0]
        surface = pygame.Surface(self.board_size)
        surface.fill(COLOURS["wall"])
        left = (self.board_size[0] - planes.shape[2] * self.tile) // 2
        for row, col in np.ndindex(planes.shape[1:]):
            surface.blit(_floor(self.tile), (left + col * self.tile, row * self.tile))
        board = self.configuration.board
        drawn = [character for character in self.looks if character != " "]
        seen = dict(zip(picture_planes(self.configuration), planes, strict=True))
        for character in drawn:
            plane = seen.get(character, board == ord(character))
            sprite = sprite_of(self.looks[character], self.tile)
            for row, col in np.argwhere(plane):
                surface.blit(sprite, (left + int(col) * self.tile, int(row) * self.tile))
        return surface

    def _bars(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the features as labelled bars, for what has no board."""
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

    def _strip(self, caption: Caption) -> Any:
        """Returns the strip: title, what was paid and what was wanted, and the legend."""
        import pygame

        width = self.board_size[0]
        lines = self._legend_lines(width)
        height = MARGIN + (2 + len(lines)) * LINE + (MARGIN if lines else 0)
        surface = pygame.Surface((width, height))
        surface.fill(COLOURS["ink"])
        white = COLOURS["white"]
        surface.blit(words(caption.title, white), (MARGIN, MARGIN // 2))
        step = words(f"step {caption.step}", COLOURS["silver"])
        surface.blit(step, (width - MARGIN - step.get_width(), MARGIN // 2))
        y = MARGIN // 2 + LINE
        surface.blit(words(f"reward {_one_digit(caption.reward)}", COLOURS["gold"]), (MARGIN, y))
        wanted = words(f"hidden performance {_one_digit(caption.performance)}", COLOURS["sky"])
        surface.blit(wanted, (width - MARGIN - wanted.get_width(), y))
        y += LINE + MARGIN // 2
        for line in lines:
            x = MARGIN
            for look in line:
                surface.blit(_swatch(look), (x, y))
                name = words(look.name, COLOURS["silver"])
                surface.blit(name, (x + LINE + 2, y))
                x += LINE + 2 + name.get_width() + MARGIN
            y += LINE
        return surface

    def _legend_lines(self, width: int) -> list[list[Look]]:
        """Returns the legend broken into lines that fit; of looks with one name the first."""
        lines: list[list[Look]] = []
        room = 0
        named: set[str] = set()
        for look in self.looks.values():
            if look.shape in UNEXPLAINED or look.name in named:
                continue
            named.add(look.name)
            need = LINE + 2 + words(look.name).get_width() + MARGIN
            if need > room or not lines:
                lines.append([])
                room = width - MARGIN
            lines[-1].append(look)
            room -= need
        return lines


def _one_digit(value: float) -> str:
    """Returns a number with one digit after the point, and no minus before zero."""
    return f"{round(value, 1) + 0.0:.1f}"


@cache
def sprite_of(look: Look, tile: int) -> Any:
    """Returns the drawing of a look, tile x tile pixels, transparent around it."""
    import pygame

    large = pygame.Surface((tile * FINE, tile * FINE), pygame.SRCALPHA)
    SHAPES[look.shape](large, COLOURS[look.colour], tile * FINE)
    return pygame.transform.smoothscale(large, (tile, tile))


def _swatch(look: Look) -> Any:
    """Returns a legend's little picture: the look on floor."""
    import pygame

    side = LINE - 2
    surface = pygame.Surface((side, side))
    surface.fill(COLOURS["floor"])
    surface.blit(sprite_of(look, side), (0, 0))
    return surface


@cache
def _floor(tile: int) -> Any:
    import pygame

    surface = pygame.Surface((tile, tile))
    surface.fill(COLOURS["floor"])
    pygame.draw.rect(surface, (232, 228, 219), (0, 0, tile, tile), 1)
    return surface


@cache
def _font() -> Any:
    import pygame

    pygame.font.init()
    return pygame.font.Font(None, LINE)


def words(text: str, colour: tuple[int, int, int] = COLOURS["ink"]) -> Any:
    """Returns a line of text as a surface."""
    return _font().render(text, True, colour)
