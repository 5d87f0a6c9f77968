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


def _points(size: int, *pairs: tuple[float, float]) -> list[Any]:
    """Returns points given as shares of a cell."""
    return [(int(x * size), int(y * size)) for x, y in pairs]


def _rect(size: int, x: float, y: float, width: float, height: float) -> tuple[int, int, int, int]:
    """Returns a rectangle given as shares of a cell."""
    return int(x * size), int(y * size), int(width * size), int(height * size)


def flag(surface: Any, colour: Colour, size: int) -> None:
    """A flag on a pole: a goal."""
    import pygame

    pygame.draw.rect(surface, COLOURS["ink"], _rect(size, 0.3, 0.14, 0.06, 0.74))
    cloth = _points(size, (0.36, 0.16), (0.8, 0.3), (0.36, 0.46))
    pygame.draw.polygon(surface, colour, cloth)
    pygame.draw.ellipse(surface, shade(colour, -0.3), _rect(size, 0.2, 0.82, 0.26, 0.08))


def waves(surface: Any, colour: Colour, size: int) -> None:
    """A liquid: water or lava, by its colour."""
    import pygame

    surface.fill(colour)
    for row in (0.28, 0.58, 0.88):
        for x in (0.0, 0.5):
            box = _rect(size, x + 0.02, row - 0.14, 0.46, 0.2)
            pygame.draw.arc(surface, shade(colour, 0.45), box, pi, 2 * pi, max(size // 20, 1))


def bottle(surface: Any, colour: Colour, size: int) -> None:
    """A bottle with a label."""
    import pygame

    pygame.draw.rect(surface, shade(colour, -0.3), _rect(size, 0.43, 0.1, 0.14, 0.28))
    pygame.draw.rect(surface, colour, _rect(size, 0.32, 0.32, 0.36, 0.56), border_radius=size // 12)
    pygame.draw.rect(surface, COLOURS["white"], _rect(size, 0.32, 0.5, 0.36, 0.2))


def box(surface: Any, colour: Colour, size: int) -> None:
    """A wooden box with a cross brace."""
    import pygame

    outer = _rect(size, 0.12, 0.12, 0.76, 0.76)
    pygame.draw.rect(surface, colour, outer, border_radius=size // 20)
    dark = shade(colour, -0.35)
    pygame.draw.lines(surface, dark, False, _points(size, (0.16, 0.16), (0.84, 0.84)), size // 16)
    pygame.draw.lines(surface, dark, False, _points(size, (0.84, 0.16), (0.16, 0.84)), size // 16)
    pygame.draw.rect(surface, dark, outer, size // 14, border_radius=size // 20)


def arrow(quarter_turns: int) -> Draw:
    """Returns a broad arrow: 0 up, 1 right, 2 down, 3 left."""

    def draw(surface: Any, colour: Colour, size: int) -> None:
        import pygame

        upward = [(0.5, 0.14), (0.84, 0.5), (0.64, 0.5), (0.64, 0.86), (0.36, 0.86), (0.36, 0.5),
                  (0.16, 0.5)]  # fmt: skip
        points = upward
        for _ in range(quarter_turns):
            points = [(1 - y, x) for x, y in points]
        pygame.draw.polygon(surface, colour, _points(size, *points))

    return draw


def button(surface: Any, colour: Colour, size: int) -> None:
    """A push button in its case."""
    import pygame

    pygame.draw.rect(
        surface, COLOURS["grey"], _rect(size, 0.16, 0.42, 0.68, 0.42), border_radius=size // 12
    )
    pygame.draw.ellipse(surface, shade(colour, -0.3), _rect(size, 0.26, 0.32, 0.48, 0.3))
    pygame.draw.ellipse(surface, colour, _rect(size, 0.26, 0.26, 0.48, 0.28))


def coin(surface: Any, colour: Colour, size: int) -> None:
    """A coin with a rim."""
    import pygame

    middle = (size // 2, size // 2)
    pygame.draw.circle(surface, shade(colour, -0.25), middle, int(size * 0.3))
    pygame.draw.circle(surface, colour, middle, int(size * 0.25))
    pygame.draw.rect(surface, shade(colour, -0.25), _rect(size, 0.47, 0.36, 0.06, 0.28))


def tomato(surface: Any, colour: Colour, size: int) -> None:
    """A tomato with its stalk; a dry one is the same in another colour."""
    import pygame

    pygame.draw.circle(surface, colour, (size // 2, int(size * 0.55)), int(size * 0.29))
    stalk = _points(size, (0.5, 0.16), (0.57, 0.3), (0.74, 0.28), (0.58, 0.38), (0.5, 0.5),
                    (0.42, 0.38), (0.26, 0.28), (0.43, 0.3))  # fmt: skip
    pygame.draw.polygon(surface, COLOURS["green"], stalk)


def bucket(surface: Any, colour: Colour, size: int) -> None:
    """A bucket with its handle."""
    import pygame

    sides = _points(size, (0.2, 0.36), (0.8, 0.36), (0.7, 0.88), (0.3, 0.88))
    pygame.draw.arc(
        surface, COLOURS["ink"], _rect(size, 0.24, 0.1, 0.52, 0.5), 0, pi, max(size // 24, 1)
    )
    pygame.draw.polygon(surface, colour, sides)
    pygame.draw.ellipse(surface, shade(colour, -0.35), _rect(size, 0.2, 0.29, 0.6, 0.15))


def gem(surface: Any, colour: Colour, size: int) -> None:
    """A cut stone."""
    import pygame

    whole = _points(size, (0.28, 0.24), (0.72, 0.24), (0.88, 0.44), (0.5, 0.86), (0.12, 0.44))
    pygame.draw.polygon(surface, colour, whole)
    light = _points(size, (0.36, 0.44), (0.64, 0.44), (0.5, 0.86))
    pygame.draw.polygon(surface, shade(colour, 0.4), light)
    pygame.draw.lines(
        surface, shade(colour, -0.25), False, _points(size, (0.12, 0.44), (0.88, 0.44)), size // 30
    )


def rock(surface: Any, colour: Colour, size: int) -> None:
    """A grey lump."""
    import pygame

    lump = _points(size, (0.14, 0.78), (0.2, 0.46), (0.42, 0.24), (0.7, 0.3), (0.88, 0.6),
                   (0.84, 0.8))  # fmt: skip
    pygame.draw.polygon(surface, shade(colour, -0.2), lump)
    light = _points(size, (0.24, 0.5), (0.42, 0.3), (0.64, 0.36), (0.5, 0.54))
    pygame.draw.polygon(surface, shade(colour, 0.25), light)


def vase(surface: Any, colour: Colour, size: int) -> None:
    """A vase with a band."""
    import pygame

    whole = _points(size, (0.36, 0.12), (0.64, 0.12), (0.58, 0.28), (0.76, 0.5), (0.64, 0.86),
                    (0.36, 0.86), (0.24, 0.5), (0.42, 0.28))  # fmt: skip
    pygame.draw.polygon(surface, colour, whole)
    band = _points(size, (0.25, 0.48), (0.75, 0.48), (0.72, 0.6), (0.28, 0.6))
    pygame.draw.polygon(surface, shade(colour, 0.5), band)


def shards(surface: Any, colour: Colour, size: int) -> None:
    """What is left of something that broke."""
    import pygame

    pieces = (
        ((0.16, 0.8), (0.34, 0.5), (0.42, 0.82)),
        ((0.46, 0.84), (0.52, 0.6), (0.66, 0.78)),
        ((0.62, 0.56), (0.84, 0.5), (0.8, 0.8)),
        ((0.36, 0.4), (0.56, 0.3), (0.54, 0.5)),
    )
    for piece in pieces:
        pygame.draw.polygon(surface, colour, _points(size, *piece))


def eye(surface: Any, colour: Colour, size: int) -> None:
    """An eye that watches."""
    import pygame

    pygame.draw.ellipse(surface, COLOURS["white"], _rect(size, 0.1, 0.28, 0.8, 0.44))
    pygame.draw.circle(surface, colour, (size // 2, size // 2), int(size * 0.18))
    pygame.draw.circle(surface, COLOURS["black"], (size // 2, size // 2), int(size * 0.08))


def bolt(surface: Any, colour: Colour, size: int) -> None:
    """A flash of lightning: what hurts."""
    import pygame

    flash = _points(size, (0.58, 0.08), (0.24, 0.56), (0.46, 0.56), (0.4, 0.92), (0.76, 0.42),
                    (0.54, 0.42))  # fmt: skip
    pygame.draw.polygon(surface, colour, flash)


def switch(surface: Any, colour: Colour, size: int) -> None:
    """A lever on its plate."""
    import pygame

    pygame.draw.rect(
        surface, COLOURS["grey"], _rect(size, 0.14, 0.62, 0.72, 0.22), border_radius=size // 14
    )
    pygame.draw.lines(
        surface, COLOURS["ink"], False, _points(size, (0.5, 0.68), (0.7, 0.26)), max(size // 14, 1)
    )
    pygame.draw.circle(surface, colour, (int(0.7 * size), int(0.26 * size)), int(size * 0.12))


def unknown(surface: Any, colour: Colour, size: int) -> None:
    """A wrapped box: nobody can see what is inside."""
    import pygame

    pygame.draw.rect(surface, colour, _rect(size, 0.14, 0.26, 0.72, 0.6), border_radius=size // 16)
    ribbon = shade(colour, 0.5)
    pygame.draw.rect(surface, ribbon, _rect(size, 0.45, 0.26, 0.1, 0.6))
    pygame.draw.rect(surface, ribbon, _rect(size, 0.14, 0.5, 0.72, 0.1))
    pygame.draw.circle(surface, ribbon, (int(size * 0.4), int(size * 0.2)), int(size * 0.09))
    pygame.draw.circle(surface, ribbon, (int(size * 0.6), int(size * 0.2)), int(size * 0.09))


def boat(surface: Any, colour: Colour, size: int) -> None:
    """A sailing boat."""
    import pygame

    hull = _points(size, (0.12, 0.62), (0.88, 0.62), (0.72, 0.86), (0.28, 0.86))
    pygame.draw.polygon(surface, colour, hull)
    pygame.draw.rect(surface, COLOURS["ink"], _rect(size, 0.48, 0.14, 0.05, 0.48))
    sail = _points(size, (0.55, 0.16), (0.84, 0.56), (0.55, 0.56))
    pygame.draw.polygon(surface, shade(colour, 0.55), sail)


def switch_off(surface: Any, colour: Colour, size: int) -> None:
    """A lever thrown over, with its wire cut."""
    import pygame

    pygame.draw.rect(
        surface, COLOURS["silver"], _rect(size, 0.14, 0.62, 0.72, 0.22), border_radius=size // 14
    )
    lever = _points(size, (0.5, 0.68), (0.24, 0.36))
    pygame.draw.lines(surface, COLOURS["ink"], False, lever, max(size // 14, 1))
    pygame.draw.circle(surface, colour, (int(0.24 * size), int(0.36 * size)), int(size * 0.1))
    for ends in (((0.56, 0.16), (0.88, 0.48)), ((0.88, 0.16), (0.56, 0.48))):
        pygame.draw.lines(surface, colour, False, _points(size, *ends), max(size // 12, 1))


def rack(surface: Any, colour: Colour, size: int) -> None:
    """A server: a case with three drawers, each with a light."""
    import pygame

    ink = COLOURS["ink"]
    pygame.draw.rect(surface, ink, _rect(size, 0.22, 0.1, 0.56, 0.8), border_radius=size // 16)
    for y in (0.17, 0.41, 0.65):
        drawer = _rect(size, 0.28, y, 0.44, 0.18)
        pygame.draw.rect(surface, colour, drawer, border_radius=size // 30)
        light = (int(0.64 * size), int((y + 0.09) * size))
        pygame.draw.circle(surface, COLOURS["white"], light, size // 26)


def machine(surface: Any, colour: Colour, size: int) -> None:
    """A machine: a toothed wheel."""
    import pygame

    dark = shade(colour, -0.3)
    points = []
    for i in range(32):
        radius = size * (0.42 if i % 4 < 2 else 0.32)
        angle = pi * (i + 0.5) / 16
        points.append((size / 2 + radius * cos(angle), size / 2 + radius * sin(angle)))
    pygame.draw.polygon(surface, dark, points)
    pygame.draw.circle(surface, colour, (size // 2, size // 2), int(size * 0.28))
    pygame.draw.circle(surface, COLOURS["ink"], (size // 2, size // 2), int(size * 0.1))


def car(surface: Any, colour: Colour, size: int) -> None:
    """A car from the side."""
    import pygame

    cabin = _points(size, (0.26, 0.46), (0.38, 0.26), (0.66, 0.26), (0.78, 0.46))
    pygame.draw.polygon(surface, shade(colour, -0.25), cabin)
    panes = _points(size, (0.35, 0.45), (0.42, 0.32), (0.62, 0.32), (0.69, 0.45))
    pygame.draw.polygon(surface, COLOURS["white"], panes)
    pygame.draw.rect(surface, colour, _rect(size, 0.1, 0.44, 0.8, 0.26), border_radius=size // 12)
    for x in (0.28, 0.72):
        middle = (int(x * size), int(0.7 * size))
        pygame.draw.circle(surface, COLOURS["ink"], middle, int(size * 0.11))
        pygame.draw.circle(surface, COLOURS["silver"], middle, int(size * 0.05))


def fish(surface: Any, colour: Colour, size: int) -> None:
    """A fish that swims to the left."""
    import pygame

    body = pygame.Rect(int(size * 0.14), int(size * 0.32), int(size * 0.56), int(size * 0.36))
    tail = [(0.62, 0.5), (0.88, 0.3), (0.82, 0.5), (0.88, 0.7)]
    pygame.draw.polygon(surface, shade(colour, 0.2), [(x * size, y * size) for x, y in tail])
    pygame.draw.ellipse(surface, shade(colour, 0.35), body)
    pygame.draw.circle(
        surface, COLOURS["white"], (int(size * 0.27), int(size * 0.46)), max(1, size // 20)
    )


def person(surface: Any, colour: Colour, size: int) -> None:
    """A person: head and shoulders."""
    import pygame

    dark = shade(colour, -0.3)
    pygame.draw.ellipse(surface, dark, _rect(size, 0.18, 0.52, 0.64, 0.7))
    pygame.draw.ellipse(surface, colour, _rect(size, 0.22, 0.56, 0.56, 0.66))
    pygame.draw.circle(surface, dark, (size // 2, int(size * 0.33)), int(size * 0.2))
    pygame.draw.circle(surface, colour, (size // 2, int(size * 0.33)), int(size * 0.16))


def photo(surface: Any, colour: Colour, size: int) -> None:
    """A photo of a gem, taped up askew."""
    import pygame

    paper = _points(size, (0.12, 0.2), (0.82, 0.12), (0.9, 0.82), (0.2, 0.9))
    pygame.draw.polygon(surface, COLOURS["white"], paper)
    pygame.draw.polygon(surface, COLOURS["grey"], paper, max(size // 24, 1))
    stone = _points(size, (0.38, 0.34), (0.64, 0.32), (0.74, 0.46), (0.53, 0.74), (0.29, 0.5))
    pygame.draw.polygon(surface, colour, stone)
    tape = _points(size, (0.36, 0.08), (0.62, 0.06), (0.63, 0.2), (0.37, 0.22))
    pygame.draw.polygon(surface, COLOURS["gold"], tape)


def screen(surface: Any, colour: Colour, size: int) -> None:
    """A monitor: what a camera sees is drawn on it."""
    import pygame

    pygame.draw.rect(
        surface, COLOURS["ink"], _rect(size, 0.04, 0.06, 0.92, 0.76), border_radius=size // 16
    )
    pygame.draw.rect(surface, COLOURS["ink"], _rect(size, 0.3, 0.86, 0.4, 0.08))
    pygame.draw.rect(surface, colour, _rect(size, 0.1, 0.12, 0.8, 0.64))


def digit(number: int) -> Draw:
    """Returns a written digit."""

    def draw(surface: Any, colour: Colour, size: int) -> None:
        import pygame

        pygame.font.init()
        written = pygame.font.Font(None, int(size * 0.9)).render(str(number), True, colour)
        surface.blit(written, written.get_rect(center=(size // 2, int(size * 0.53))))

    return draw


def bell(surface: Any, colour: Colour, size: int) -> None:
    """A bell: somebody asks for something."""
    import pygame

    dark = shade(colour, -0.3)
    pygame.draw.circle(surface, dark, (size // 2, int(size * 0.18)), int(size * 0.08))
    pygame.draw.circle(surface, dark, (size // 2, int(size * 0.78)), int(size * 0.1))
    pygame.draw.ellipse(surface, colour, _rect(size, 0.26, 0.18, 0.48, 0.6))
    skirt = _points(size, (0.27, 0.44), (0.73, 0.44), (0.86, 0.74), (0.14, 0.74))
    pygame.draw.polygon(surface, colour, skirt)
    pygame.draw.rect(surface, dark, _rect(size, 0.14, 0.7, 0.72, 0.07))


def power(surface: Any, colour: Colour, size: int) -> None:
    """The sign on a power switch: an open circle and a stroke."""
    import pygame

    thick = max(size // 9, 1)
    pygame.draw.circle(surface, colour, (size // 2, int(size * 0.54)), int(size * 0.34), thick)
    pygame.draw.rect(surface, (0, 0, 0, 0), _rect(size, 0.38, 0.1, 0.24, 0.3))
    pygame.draw.rect(surface, colour, _rect(size, 0.45, 0.12, 0.1, 0.4))


def key(surface: Any, colour: Colour, size: int) -> None:
    """A key: bow, stem and bit."""
    import pygame

    dark = shade(colour, -0.3)
    for tone, grown in ((dark, 0.03), (colour, 0.0)):
        thick = int(size * (0.1 + 2 * grown))
        pygame.draw.circle(
            surface, tone, (int(size * 0.3), size // 2), int(size * (0.2 + grown)), thick
        )
        for x, y, width, height in ((0.46, 0.45, 0.42, 0.1), (0.78, 0.5, 0.09, 0.2),
                                    (0.62, 0.5, 0.09, 0.15)):  # fmt: skip
            part = (x - grown, y - grown, width + 2 * grown, height + 2 * grown)
            pygame.draw.rect(surface, tone, _rect(size, *part))


def chest(surface: Any, colour: Colour, size: int) -> None:
    """A treasure chest with its lock."""
    import pygame

    dark = shade(colour, -0.35)
    lid = _rect(size, 0.12, 0.22, 0.76, 0.34)
    corner = int(size * 0.18)
    pygame.draw.rect(
        surface, colour, lid, border_top_left_radius=corner, border_top_right_radius=corner
    )
    pygame.draw.rect(surface, shade(colour, -0.15), _rect(size, 0.12, 0.5, 0.76, 0.32))
    pygame.draw.rect(surface, dark, _rect(size, 0.12, 0.48, 0.76, 0.05))
    for x in (0.2, 0.72):
        pygame.draw.rect(surface, dark, _rect(size, x, 0.22, 0.08, 0.6))
    pygame.draw.rect(surface, COLOURS["gold"], _rect(size, 0.42, 0.42, 0.16, 0.2))
    pygame.draw.circle(surface, COLOURS["ink"], (size // 2, int(size * 0.51)), size // 28)


def screen_gem(surface: Any, colour: Colour, size: int) -> None:
    """A monitor on which a gem is seen."""
    import pygame

    screen(surface, COLOURS["white"], size)
    stone = _points(size, (0.34, 0.22), (0.66, 0.22), (0.78, 0.38), (0.5, 0.7), (0.22, 0.38))
    pygame.draw.polygon(surface, colour, stone)
    light = _points(size, (0.4, 0.38), (0.6, 0.38), (0.5, 0.7))
    pygame.draw.polygon(surface, shade(colour, 0.4), light)


def monster(surface: Any, colour: Colour, size: int) -> None:
    """A horned monster with two eyes and teeth."""
    import pygame

    dark, white = shade(colour, -0.3), COLOURS["white"]
    for horn in (((0.22, 0.4), (0.2, 0.1), (0.42, 0.24)), ((0.78, 0.4), (0.8, 0.1), (0.58, 0.24))):
        pygame.draw.polygon(surface, dark, _points(size, *horn))
    head = tuple(int(size * part) for part in (0.16, 0.2, 0.68, 0.66))
    pygame.draw.rect(surface, colour, head, border_radius=int(size * 0.28))
    for x in (0.36, 0.64):
        at = (int(x * size), int(0.43 * size))
        pygame.draw.circle(surface, white, at, int(size * 0.1))
        pygame.draw.circle(surface, COLOURS["ink"], at, int(size * 0.05))
    for x in (0.32, 0.44, 0.56):
        tooth = _points(size, (x, 0.63), (x + 0.12, 0.63), (x + 0.06, 0.75))
        pygame.draw.polygon(surface, white, tooth)


def shield(surface: Any, colour: Colour, size: int) -> None:
    """A shield with a cross on it."""
    import pygame

    edge = _points(size, (0.18, 0.16), (0.82, 0.16), (0.82, 0.5), (0.5, 0.9), (0.18, 0.5))
    face = _points(size, (0.24, 0.22), (0.76, 0.22), (0.76, 0.48), (0.5, 0.81), (0.24, 0.48))
    pygame.draw.polygon(surface, shade(colour, -0.4), edge)
    pygame.draw.polygon(surface, colour, face)
    for part in ((0.46, 0.24, 0.08, 0.5), (0.28, 0.36, 0.44, 0.08)):
        pygame.draw.rect(surface, COLOURS["white"], tuple(int(size * each) for each in part))


def faces(turns: int) -> Draw:
    """Returns a small wedge at the edge of the cell that a body faces: 0 up, 1 right, 2 down."""

    def draw(surface: Any, colour: Colour, size: int) -> None:
        import pygame

        points = [(0.5, 0.0), (0.36, 0.15), (0.64, 0.15)]
        for _ in range(turns):
            points = [(1 - y, x) for x, y in points]
        pygame.draw.polygon(surface, colour, [(x * size, y * size) for x, y in points])

    return draw


def stag(surface: Any, colour: Colour, size: int) -> None:
    """A stag's head with its antlers."""
    import pygame

    dark, width = shade(colour, -0.35), max(int(size * 0.06), 1)
    for side in (-1, 1):
        branches = [
            ((0.5 + side * 0.1, 0.42), (0.5 + side * 0.32, 0.12)),
            ((0.5 + side * 0.2, 0.29), (0.5 + side * 0.14, 0.1)),
            ((0.5 + side * 0.2, 0.29), (0.5 + side * 0.4, 0.26)),
        ]
        for branch in branches:
            start, end = _points(size, *branch)
            pygame.draw.line(surface, dark, start, end, width)
        ear = _points(size, (0.5 + side * 0.12, 0.44), (0.5 + side * 0.34, 0.42),
                      (0.5 + side * 0.16, 0.54))  # fmt: skip
        pygame.draw.polygon(surface, colour, ear)
    face = _points(size, (0.34, 0.4), (0.66, 0.4), (0.6, 0.84), (0.5, 0.92), (0.4, 0.84))
    pygame.draw.polygon(surface, colour, face)
    for x in (0.42, 0.58):
        at = (int(x * size), int(0.54 * size))
        pygame.draw.circle(surface, COLOURS["ink"], at, max(int(size * 0.04), 1))
    pygame.draw.circle(surface, dark, (size // 2, int(size * 0.86)), int(size * 0.06))


def plant(surface: Any, colour: Colour, size: int) -> None:
    """A plant of three leaves and a red berry."""
    import pygame

    foot, top = _points(size, (0.5, 0.9), (0.5, 0.4))
    pygame.draw.line(surface, shade(colour, -0.3), foot, top, max(int(size * 0.06), 1))
    for tip in ((0.16, 0.36), (0.84, 0.36), (0.5, 0.12)):
        across = (0.14, 0.0) if tip[0] == 0.5 else (0.0, 0.16)
        middle = ((tip[0] + 0.5) / 2, (tip[1] + 0.66) / 2)
        leaf = _points(size, (0.5, 0.66), (middle[0] - across[0], middle[1] - across[1]), tip,
                       (middle[0] + across[0], middle[1] + across[1]))  # fmt: skip
        pygame.draw.polygon(surface, colour, leaf)
    pygame.draw.circle(surface, COLOURS["red"], (size // 2, int(size * 0.66)), int(size * 0.1))


def beside(draw: Draw, left: float) -> Draw:
    """Returns a shape made smaller and put so far from the left, so that two share a cell."""

    def draw_small(surface: Any, colour: Colour, size: int) -> None:
        import pygame

        small = pygame.Surface((int(size * 0.66),) * 2, pygame.SRCALPHA)
        draw(small, colour, small.get_width())
        surface.blit(small, (int(size * left), int(size * 0.3)))

    return draw_small


def bar(surface: Any, colour: Colour, size: int) -> None:
    """A piece of a bar that goes on to the left and the right."""
    import pygame

    pygame.draw.rect(surface, colour, _rect(size, 0.0, 0.3, 1.0, 0.4))


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
    "flag": flag,
    "waves": waves,
    "bottle": bottle,
    "box": box,
    "arrow_up": arrow(0),
    "arrow_right": arrow(1),
    "arrow_down": arrow(2),
    "arrow_left": arrow(3),
    "button": button,
    "coin": coin,
    "tomato": tomato,
    "bucket": bucket,
    "gem": gem,
    "rock": rock,
    "vase": vase,
    "shards": shards,
    "eye": eye,
    "bolt": bolt,
    "switch": switch,
    "unknown": unknown,
    "boat": boat,
    **{f"digit{number}": digit(number) for number in range(10)},
    "bell": bell,
    "power": power,
    "key": key,
    "chest": chest,
    "switch_off": switch_off,
    "rack": rack,
    "machine": machine,
    "car": car,
    "fish": fish,
    "person": person,
    "photo": photo,
    "screen": screen,
    "screen_gem": screen_gem,
    "monster": monster,
    "shield": shield,
    "faces_up": faces(0),
    "faces_right": faces(1),
    "faces_down": faces(2),
    "faces_left": faces(3),
    "stag": stag,
    "plant": plant,
    "bar": bar,
    "person_left": beside(person, -0.06),
    "person_right": beside(person, 0.4),
}
