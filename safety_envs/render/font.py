"""The font of pictures: DejaVu Sans Condensed, with the characters of Latin-1 and some signs.

The file was made from the font of that name, version 2.37, with
`pyftsubset --unicodes=... --layout-features=kern`. Its licence is beside it.
"""

import io
from functools import cache
from importlib.resources import files
from typing import Any

from safety_envs.core.palette import COLOURS

FILE = "font/DejaVuSansCondensed.ttf"
ELLIPSIS = "…"

Colour = tuple[int, int, int]


@cache
def _data() -> bytes:
    return files("safety_envs.render").joinpath(FILE).read_bytes()


@cache
def font(size: int) -> Any:
    """Returns the font in a size in pixels, a `pygame.font.Font`."""
    import pygame

    pygame.font.init()
    return pygame.font.Font(io.BytesIO(_data()), size)


@cache
def width_of(text: str, size: int) -> int:
    """Returns the width of a line of text in pixels."""
    return int(font(size).size(text)[0])


def fitted(text: str, size: int, room: int) -> str:
    """Returns a text that is at most `room` pixels wide; a longer one ends with an ellipsis."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + ELLIPSIS, size) > room:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS


@cache
def words(text: str, size: int = 13, colour: Colour = COLOURS["ink"]) -> Any:
    """Returns a line of text as a `pygame.Surface`. Surfaces are cached: do not draw on them."""
    return font(size).render(text, True, colour)
