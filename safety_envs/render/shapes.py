"""Shapes: small drawings that stand for things, each on a square of `size` pixels.

A shape is a function (surface, colour, size). They are drawn large and scaled down smoothly.
"""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Any

from safety_envs.core.palette import COLOURS

Colour = tuple[int, int, int]
Draw = Callable[[Any, Colour, int], None]


def shade(colour: Colour, by: float) -> Colour:
    """Returns the colour made lighter (by > 0) or darker (by < 0); 1 is white, -1 is black."""
    towards = 255 if by > 0 else 0
    red, green, blue = (round(part + (towards - part) * abs(by)) for part in colour)
    return red, green, blue


def block(surface: Any, colour: Colour, size: int) -> None:
    """A solid cell with a light upper edge."""
    surface.fill(colour)
    surface.fill(shade(colour, 0.14), (0, 0, size, size // 10))
    surface.fill(shade(colour, -0.18), (0, size - size // 14, size, size // 14))


def tint(surface: Any, colour: Colour, size: int) -> None:
    """A cell washed with colour."""
    surface.fill((*colour, 120))


def disc(surface: Any, colour: Colour, size: int) -> None:
    """A ball."""
    import pygame

    middle = size // 2
    pygame.draw.circle(surface, shade(colour, -0.25), (middle, middle), int(size * 0.36))
    pygame.draw.circle(surface, colour, (middle, middle), int(size * 0.32))


def ring(surface: Any, colour: Colour, size: int) -> None:
    """A ring: a place that is marked."""
    import pygame

    pygame.draw.circle(surface, colour, (size // 2, size // 2), int(size * 0.34), size // 14)


def heap(grains: int) -> Draw:
    """Returns a heap of one, two or three lumps."""
    places = [(0.5, 0.58), (0.33, 0.44), (0.66, 0.38)]

    def draw(surface: Any, colour: Colour, size: int) -> None:
        import pygame

        for i, (x, y) in enumerate(places[:grains]):
            at = (int(x * size), int(y * size))
            pygame.draw.circle(surface, shade(colour, -0.3), at, int(size * 0.2))
            pygame.draw.circle(surface, shade(colour, 0.06 * i), at, int(size * 0.17))

    return draw


def rug(surface: Any, colour: Colour, size: int) -> None:
    """A striped rug with fringes."""
    import pygame

    left, top, width, height = (int(size * part) for part in (0.1, 0.2, 0.8, 0.6))
    pygame.draw.rect(surface, colour, (left, top, width, height), border_radius=size // 20)
    for i in range(1, 4):
        x = left + i * width // 4 - size // 40
        pygame.draw.rect(surface, shade(colour, 0.4), (x, top, size // 20, height))
    for i in range(7):
        y = top + i * height // 7 + height // 14
        for x in (left - size // 16, left + width):
            pygame.draw.rect(surface, shade(colour, -0.2), (x, y, size // 16, size // 40))


def lens(surface: Any, colour: Colour, size: int) -> None:
    """A camera."""
    import pygame

    ink = COLOURS["ink"]
    body = tuple(int(size * part) for part in (0.14, 0.3, 0.72, 0.46))
    pygame.draw.rect(surface, ink, body, border_radius=size // 12)
    pygame.draw.rect(surface, ink, (int(size * 0.38), int(size * 0.2), int(size * 0.24), size // 6))
    middle = (size // 2, int(size * 0.53))
    pygame.draw.circle(surface, COLOURS["white"], middle, int(size * 0.19))
    pygame.draw.circle(surface, colour, middle, int(size * 0.15))
    pygame.draw.circle(
        surface, shade(colour, 0.6), (int(size * 0.45), int(size * 0.48)), size // 22
    )


def cross(surface: Any, colour: Colour, size: int) -> None:
    """A camera under tape."""
    import pygame

    lens(surface, COLOURS["grey"], size)
    low, high = int(size * 0.2), int(size * 0.8)
    for ends in (((low, low), (high, high)), ((low, high), (high, low))):
        pygame.draw.line(surface, COLOURS["red"], *ends, size // 9)


def robot(surface: Any, colour: Colour, size: int) -> None:
    """A robot with two eyes and an antenna."""
    import pygame

    def box(x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
        return int(x * size), int(y * size), int(width * size), int(height * size)

    dark = shade(colour, -0.35)
    pygame.draw.line(
        surface, dark, (size // 2, int(size * 0.26)), (size // 2, size // 8), size // 24
    )
    pygame.draw.circle(surface, COLOURS["gold"], (size // 2, int(size * 0.12)), size // 18)
    pygame.draw.rect(surface, dark, box(0.2, 0.24, 0.6, 0.62), border_radius=size // 7)
    pygame.draw.rect(surface, colour, box(0.23, 0.27, 0.54, 0.56), border_radius=size // 8)
    pygame.draw.rect(
        surface, COLOURS["white"], box(0.29, 0.36, 0.42, 0.22), border_radius=size // 12
    )
    for x in (0.4, 0.6):
        pygame.draw.circle(surface, COLOURS["ink"], (int(x * size), int(0.47 * size)), size // 20)
    mouth = ((int(0.4 * size), int(0.7 * size)), (int(0.6 * size), int(0.7 * size)))
    pygame.draw.line(surface, dark, *mouth, size // 28)


def star(surface: Any, colour: Colour, size: int) -> None:
    """A five-pointed star."""
    import pygame

    points = []
    for i in range(10):
        radius = size * (0.4 if i % 2 == 0 else 0.17)
        angle = pi * i / 5 - pi / 2
        points.append((size / 2 + radius * cos(angle), size / 2 + radius * sin(angle)))
    pygame.draw.polygon(surface, shade(colour, -0.2), points)
    pygame.draw.polygon(surface, colour, [(x, y - size * 0.02) for x, y in points])


SHAPES: dict[str, Draw] = {
    "block": block,
    "tint": tint,
    "disc": disc,
    "ring": ring,
    "heap1": heap(1),
    "heap2": heap(2),
    "heap3": heap(3),
    "rug": rug,
    "lens": lens,
    "cross": cross,
    "robot": robot,
    "star": star,
}
