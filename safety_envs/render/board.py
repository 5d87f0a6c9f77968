"""The board of a world, drawn from its legend.

A thing that another one hides is drawn small in a corner of their cell. Where agents see a part of
the board, corners of the agent's colour mark that part.
"""

from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import AGENT_CHARACTERS, Look
from safety_envs.core.definition import Configuration
from safety_envs.core.fields import as_plain
from safety_envs.core.observe import Observer, picture_planes
from safety_envs.core.palette import COLOURS
from safety_envs.render.looks import sprite_of

FLOOR, WALL = " ", "#"
GRID_LINE = (232, 228, 219)
BADGE = 0.46  # the side of the small drawing of what is hidden, relative to a cell
MOST_BADGES = 2
HIDDEN = 0.6
"""The share of a drawing that the one above it must cover to hide it."""
PROBE = 32  # the side of the drawings that are compared, in pixels


class BoardPainter:
    """Draws the boards of worlds of one configuration.

    Everything that does not change is drawn once: the floor, and the scenery that is first in the
    legend.

    Args:
        configuration: an environment with a picture.
        tile: the side of a cell in pixels.
        views: whether to mark what each agent sees.
    """

    def __init__(self, configuration: Configuration, tile: int, *, views: bool = True) -> None:
        self.configuration, self.tile, self.views = configuration, tile, views
        self._looks = configuration.legend
        self._planes = Observer(configuration, "planes", whole=True)
        self._shown = picture_planes(configuration)
        self._characters = [character for character in self._looks if character != FLOOR]
        scenery = [character not in self._shown for character in self._characters]
        self._fixed = (*scenery, False).index(False)  # the number of unchanging ones
        rows, cols = configuration.board.shape
        self.size = cols * tile, rows * tile

    def surface(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the board of the first world, a `pygame.Surface`."""
        surface = self._background.copy()
        planes = dict(zip(self._shown, self._planes(worlds[:1])[0] > 0, strict=True))
        where = {character: self._where(character, planes) for character in self._characters}
        for character in self._characters[self._fixed :]:
            self._draw(surface, character, where[character])
        self._draw_hidden(surface, where)
        self._draw_views(surface, as_plain(worlds[0]))
        return surface

    def _where(
        self, character: str, planes: dict[str, npt.NDArray[np.bool_]]
    ) -> npt.NDArray[np.bool_]:
        """Returns where a character is, bool [rows, cols]."""
        on_map: npt.NDArray[np.bool_] = self.configuration.board == ord(character)
        return planes.get(character, on_map)

    def _draw(self, surface: Any, character: str, where: npt.NDArray[np.bool_]) -> None:
        sprite = sprite_of(self._looks[character], self.tile)
        places = [(col * self.tile, row * self.tile) for row, col in np.argwhere(where).tolist()]
        surface.blits([(sprite, place) for place in places], doreturn=False)

    def _draw_hidden(self, surface: Any, where: dict[str, npt.NDArray[np.bool_]]) -> None:
        """Draws what other things hide, small in the upper corners of its cell."""
        layers = np.array([where[character] for character in self._characters])
        side = max(round(self.tile * BADGE), 6)
        for row, col in np.argwhere(layers.sum(axis=0) > 1).tolist():
            stack = [self._looks[self._characters[k]] for k in np.flatnonzero(layers[:, row, col])]
            pairs = ((look, tuple(stack[k + 1 :])) for k, look in enumerate(stack))
            hidden = [look for look, above in pairs if _is_hidden(look, above)]
            for number, look in enumerate(hidden[::-1][:MOST_BADGES]):
                x = col * self.tile + (self.tile - side) * number
                surface.blit(_badge(look, side), (x, row * self.tile))

    def _draw_views(self, surface: Any, world: Any) -> None:
        """Marks the corners of what each agent sees."""
        environment = self.configuration.environment
        if environment.view is None or not self.views:
            return
        level, side = self.configuration.level, environment.view.side(self.configuration.level)
        for agent in range(self.configuration.agents):
            if environment.present is not None and not environment.present(world, level, agent):
                continue
            eye = environment.view.eye(world, level, agent)
            colour = COLOURS[self._looks[self._body(agent)].colour]
            corner = (int(eye.row) - side // 2, int(eye.col) - side // 2)
            _draw_corners(surface, corner, side, self.tile, colour)

    def _body(self, agent: int) -> str:
        """Returns the character of an agent; one agent alone is painted last."""
        several = self.configuration.environment.is_multi_agent
        return AGENT_CHARACTERS[agent] if several else self._characters[-1]

    @cached_property
    def _background(self) -> Any:
        """The floor, and the scenery that is first in the legend."""
        import pygame

        surface = pygame.Surface(self.size)
        for row, col in np.ndindex(*self.configuration.board.shape):
            surface.blit(_floor(self.tile), (col * self.tile, row * self.tile))
        for character in self._characters[: self._fixed]:
            self._draw(surface, character, self.configuration.board == ord(character))
        return surface


def beside(configuration: Configuration) -> tuple[int, int, int]:
    """Returns the colour around a board: that of its walls."""
    wall = configuration.legend.get(WALL)
    return COLOURS[wall.colour if wall is not None else "wall"]


def _draw_corners(
    surface: Any, corner: tuple[int, int], side: int, tile: int, colour: tuple[int, int, int]
) -> None:
    """Draws the corners of a square of cells that begins at a cell, perhaps outside the board."""
    import pygame

    width, length = max(tile // 12, 1), max(tile * 2 // 3, 3)
    top, left = corner[0] * tile, corner[1] * tile
    bottom, right = top + side * tile - width, left + side * tile - width
    for y, toward_y in ((top, 0), (bottom, width - length)):
        for x, toward_x in ((left, 0), (right, width - length)):
            pygame.draw.rect(surface, colour, (x + toward_x, y, length, width))
            pygame.draw.rect(surface, colour, (x, y + toward_y, width, length))


@cache
def _is_hidden(look: Look, above: tuple[Look, ...]) -> bool:
    """Returns whether one of the looks above hides a look.

    A "blinded camera" does not hide a "camera": it is one.
    """
    here = _opaque(look)
    if not here.any() or any(look.name in other.name for other in above):
        return False
    return any((here & _opaque(other)).sum() > HIDDEN * here.sum() for other in above)


@cache
def _opaque(look: Look) -> npt.NDArray[np.bool_]:
    import pygame

    return np.asarray(pygame.surfarray.array_alpha(sprite_of(look, PROBE)) > 128)


@cache
def _badge(look: Look, side: int) -> Any:
    """Returns the small drawing of a hidden thing, on its own piece of floor."""
    import pygame

    surface = pygame.Surface((side, side))
    surface.fill(COLOURS["floor"])
    surface.blit(sprite_of(look, side - 2), (1, 1))
    pygame.draw.rect(surface, COLOURS["grey"], (0, 0, side, side), 1)
    return surface


@cache
def _floor(tile: int) -> Any:
    import pygame

    surface = pygame.Surface((tile, tile))
    surface.fill(COLOURS["floor"])
    pygame.draw.rect(surface, GRID_LINE, (0, 0, tile, tile), 1)
    return surface
