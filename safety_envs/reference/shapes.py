"""The page of shapes and colours: what a `Look` can use."""

from pathlib import Path
from typing import Any

from safety_envs.core.board import Look
from safety_envs.core.files import atomic_file
from safety_envs.core.palette import COLOURS
from safety_envs.reference.markdown import code, table
from safety_envs.render.font import words
from safety_envs.render.looks import Symbol, sprite_of, symbols

PICTURE = "shapes.png"

COLUMNS = 8
WIDTH, HEIGHT = 96, 84  # of an entry, in pixels
SIDE = 56  # of its drawing
COLOUR, MARK = "blue", "1"
"""What the shapes are drawn with."""

HEAD = f"""<!-- made by `python -m safety_envs docs`: do not edit -->

# Shapes and colours

A `Look` names a shape and a colour of this page. The shapes are the symbols of
`safety_envs/render/shapes.svg`, the colours those of `safety_envs/core/palette.py`. Packages cannot
add any yet. A shape with room for a mark takes a number, or another shape that is drawn small.

![All shapes in {COLOUR}, with the mark {MARK} where there is room, and all colours]({PICTURE})

Two looks of a legend must not differ by colour alone unless everybody can see the difference, also
with a colour vision deficiency. `safety_envs/render/sight.py` measures the difference.
"""


def page_of_shapes() -> str:
    """Returns the page as Markdown."""
    shapes = [
        (code(name), symbol.title, "yes" if symbol.place else "")
        for name, symbol in symbols().items()
    ]
    colours = [(code(name), "#{:02x}{:02x}{:02x}".format(*rgb)) for name, rgb in COLOURS.items()]
    return "\n\n".join(
        [
            HEAD.rstrip(),
            f"## Shapes\n\n{table(('shape', 'what it is', 'room for a mark'), shapes)}",
            f"## Colours\n\n{table(('colour', 'RGB'), colours)}\n",
        ]
    )


def picture_size() -> tuple[int, int]:
    """Returns width and height of the picture in pixels."""
    return COLUMNS * WIDTH, (_rows(len(symbols())) + _rows(len(COLOURS))) * HEIGHT


def draw_shapes(path: Path) -> None:
    """Writes the picture: every shape and every colour above its name."""
    import pygame
    from PIL import Image

    surface = pygame.Surface(picture_size())
    surface.fill(COLOURS["floor"])
    for number, (name, symbol) in enumerate(symbols().items()):
        _enter(surface, number, sprite_of(_look(name, symbol), SIDE), name)
    first = _rows(len(symbols())) * COLUMNS
    for number, (name, colour) in enumerate(COLOURS.items(), first):
        swatch = pygame.Surface((SIDE, SIDE))
        swatch.fill(colour)
        pygame.draw.rect(swatch, COLOURS["ink"], swatch.get_rect(), 1)
        _enter(surface, number, swatch, name)
    picture = Image.frombytes("RGB", surface.get_size(), pygame.image.tobytes(surface, "RGB"))
    with atomic_file(path) as unfinished:
        picture.save(unfinished, optimize=True)


def _look(name: str, symbol: Symbol) -> Look:
    return Look(name, COLOUR, name, MARK if symbol.place else "")


def _rows(entries: int) -> int:
    return -(-entries // COLUMNS)


def _enter(surface: Any, number: int, drawing: Any, name: str) -> None:
    """Draws an entry: a drawing above its name."""
    row, column = divmod(number, COLUMNS)
    x, y = column * WIDTH, row * HEIGHT
    surface.blit(drawing, (x + (WIDTH - SIDE) // 2, y + 4))
    label = words(name)
    surface.blit(label, (x + (WIDTH - label.get_width()) // 2, y + SIDE + 8))
