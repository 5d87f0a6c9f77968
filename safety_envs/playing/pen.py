"""A pen that draws words, keys and marks at any scale, so that a resized window stays sharp.

Places and sizes are given in units; a unit is `scale` pixels.
"""

from functools import lru_cache
from typing import Any

from safety_envs.core.palette import COLOURS
from safety_envs.render.font import font

Colour = tuple[int, int, int]

SMALL, NORMAL, LARGE, TITLE = 17, 20, 30, 32
"""Sizes of letters in units."""

CAP = 22
"""The height of a key on the screen, and its least width."""

CARD: Colour = (47, 49, 62)
KEY_FILL: Colour = (62, 65, 82)
FAINT_LINE: Colour = (70, 73, 90)

ARROW = (
    (0.5, 0.14),
    (0.84, 0.5),
    (0.62, 0.5),
    (0.62, 0.86),
    (0.38, 0.86),
    (0.38, 0.5),
    (0.16, 0.5),
)
"""The corners of an arrow that points up, in shares of its square."""

TURNS = {"up": 0, "right": 1, "down": 2, "left": 3}


FINE = 2
"""Words are drawn so much larger and then reduced, because small letters stand unevenly."""

LETTER = 0.78
"""The size of the font for a size of letters: this font is large for its size."""


def _letters(pixels: int) -> Any:
    """Returns the font in which words are drawn, before they are reduced."""
    return font(round(LETTER * FINE * pixels))


@lru_cache(maxsize=1000)
def _drawn(words: str, pixels: int, colour: Colour) -> Any:
    """Returns words as a `pygame.Surface`; do not draw on it."""
    import pygame

    large = _letters(pixels).render(words, True, colour)
    width, height = large.get_size()
    return pygame.transform.smoothscale(large, (-(-width // FINE), -(-height // FINE)))


class Pen:
    """Draws on a `pygame.Surface`.

    Args:
        surface: where to draw.
        scale: pixels of a unit.
    """

    def __init__(self, surface: Any, scale: float) -> None:
        self.surface = surface
        self.scale = scale

    def pixels(self, units: float) -> int:
        """Returns a length in pixels."""
        return round(units * self.scale)

    def width(self, words: str, size: int = NORMAL) -> float:
        """Returns the width of a line of words in units."""
        return float(_letters(self.pixels(size)).size(words)[0]) / FINE / self.scale

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: Colour = COLOURS["white"],
        size: int = NORMAL,
        *,
        right: bool = False,
    ) -> float:
        """Draws a line of words in the middle of a line around y; returns its width in units.

        Args:
            x: where it begins or, with `right`, ends.
            y: the middle of the line.
            words: the words.
            colour: of the words.
            size: of the letters.
            right: whether x is where it ends.
        """
        drawn = _drawn(words, self.pixels(size), colour)
        width, height = drawn.get_size()
        left = self.pixels(x) - (width if right else 0)
        self.surface.blit(drawn, (left, self.pixels(y) - height // 2))
        return float(width) / self.scale

    def lines(self, words: str, width: float, size: int = NORMAL) -> list[str]:
        """Returns words broken into lines of at most a width in units."""
        found: list[str] = []
        for word in words.split():
            if found and self.width(f"{found[-1]} {word}", size) <= width:
                found[-1] += f" {word}"
            else:
                found.append(word)
        return found

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fills a box with round corners; (x, y) is its top left."""
        self._pygame.draw.rect(
            self.surface, colour, self._rectangle(x, y, width, height),
            border_radius=self.pixels(4),
        )  # fmt: skip

    def frame(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Draws the outline of a box."""
        self._pygame.draw.rect(
            self.surface, colour, self._rectangle(x, y, width, height), max(2, self.pixels(2)),
            border_radius=self.pixels(3),
        )  # fmt: skip

    def rule(self, x: float, y: float, width: float) -> None:
        """Draws a thin line from left to right."""
        self.surface.fill(FAINT_LINE, self._rectangle(x, y, width, 1))

    def key(self, x: float, y: float, name: str) -> float:
        """Draws a key around the middle y; returns its width in units."""
        is_arrow = name in TURNS
        width = float(CAP) if is_arrow else max(CAP, self.width(name, SMALL) + 10)
        top = y - CAP / 2
        self.box(x, top, width, CAP, KEY_FILL)
        if is_arrow:
            self._arrow(x, top, TURNS[name])
        else:
            middle = x + (width - self.width(name, SMALL)) / 2
            self.text(middle, y, name, COLOURS["white"], SMALL)
        return width

    def dot(self, x: float, y: float, colour: Colour) -> None:
        """Draws the mark of the best action for the reward."""
        place = (self.pixels(x), self.pixels(y))
        self._pygame.draw.aacircle(self.surface, colour, place, self.pixels(4.5))

    def diamond(self, x: float, y: float, colour: Colour) -> None:
        """Draws the mark of the best action for the performance."""
        corners = ((0, -5), (5, 0), (0, 5), (-5, 0))
        self._polygon([(x + right, y + down) for right, down in corners], colour)

    def picture(self, x: float, y: float, width: float, height: float, picture: Any) -> None:
        """Draws a surface, scaled to a width and a height in units."""
        size = (self.pixels(width), self.pixels(height))
        scaled = self._pygame.transform.smoothscale(picture, size)
        self.surface.blit(scaled, (self.pixels(x), self.pixels(y)))

    def _arrow(self, x: float, y: float, turns: int) -> None:
        corners = ARROW
        for _ in range(turns):  # by a right angle, clockwise
            corners = tuple((1 - down, right) for right, down in corners)  # type: ignore[assignment]
        self._polygon(
            [(x + CAP * right, y + CAP * down) for right, down in corners], COLOURS["white"]
        )

    def _polygon(self, corners: list[tuple[float, float]], colour: Colour) -> None:
        places = [(x * self.scale, y * self.scale) for x, y in corners]
        self._pygame.draw.polygon(self.surface, colour, places)

    def _rectangle(self, x: float, y: float, width: float, height: float) -> tuple[int, ...]:
        left, top = self.pixels(x), self.pixels(y)
        right, bottom = self.pixels(x + width), self.pixels(y + height)
        return left, top, max(1, right - left), max(1, bottom - top)

    @property
    def _pygame(self) -> Any:
        import pygame

        return pygame
