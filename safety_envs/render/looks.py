"""Drawings of looks: a symbol of `shapes.svg` in the look's colour, with its mark.

A web page can use the file directly, with `<use href="shapes.svg#robot"/>`. `svg_of` returns the
symbol as a separate image with its colours, and pictures are made from these.
"""

import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple
from xml.etree import ElementTree

from safety_envs.core.board import Look
from safety_envs.core.errors import SafetyEnvsError, did_you_mean, nearest
from safety_envs.core.palette import COLOURS

SIDE = 100
"""The side of a symbol's square, in its own units."""

SMALLEST = 20
"""The side of the smallest cells in pixels; larger boards have larger pictures."""

NAMESPACE = "{http://www.w3.org/2000/svg}"
NARROW = 0.57  # the distance between digits of a number, relative to the side of a digit's square
SMALL = 0.88  # the size of each of two digits, relative to a single digit
BRIGHT = 140  # a colour with a higher luma (of 255) has a dark mark


class Place(NamedTuple):
    """The place of a symbol's mark."""

    x: float  # the centre of the mark's square, in units of the symbol
    y: float
    side: float
    on_body: bool  # the mark is on the look's colour and must contrast with it


class Symbol(NamedTuple):
    """A symbol of the file."""

    title: str  # what it shows, in a phrase
    body: str  # its elements, as text; `currentColor` stands for the look's colour
    place: Place | None  # None: no room for a mark


@cache
def symbols() -> Mapping[str, Symbol]:
    """Returns the symbols of `shapes.svg` by name."""
    text = files("safety_envs.render").joinpath("shapes.svg").read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    for element in root.iter():
        element.tag = element.tag.removeprefix(NAMESPACE)
    return {symbol.attrib["id"]: _symbol(symbol) for symbol in root.iter("symbol")}


def _symbol(symbol: ElementTree.Element) -> Symbol:
    parts = [ElementTree.tostring(part, "unicode") for part in symbol if part.tag != "title"]
    place = None
    if "data-mark" in symbol.attrib:
        x, y, side = map(float, symbol.attrib["data-mark"].split())
        place = Place(x, y, side, symbol.get("data-mark-on") == "body")
    return Symbol(symbol.findtext("title", ""), "".join(parts), place)


def faults_of(look: Look) -> list[str]:
    """Returns why a look cannot be drawn: all reasons, or none.

    A look needs a known colour, shape and mark, and a shape with room for its mark.
    """
    faults = []
    if look.colour not in COLOURS:
        faults.append(
            f"{look.name!r} uses the colour {look.colour!r}, which is not in the palette. "
            f"{did_you_mean(look.colour, COLOURS)}"
        )
    for name in (look.shape, *_mark_names(look)):
        if name not in symbols():
            hint = nearest(name, symbols())
            faults.append(
                f"{look.name!r} uses the shape {name!r}, which is not in shapes.svg. "
                f"{hint}{' ' * bool(hint)}The shapes are {', '.join(sorted(symbols()))}."
            )
    symbol = symbols().get(look.shape)
    if look.mark and symbol and symbol.place is None:
        able = ", ".join(name for name, symbol in symbols().items() if symbol.place)
        faults.append(
            f"{look.name!r}: the shape {look.shape!r} has no room for the mark {look.mark!r}. "
            f"Shapes with room: {able}"
        )
    return faults


def svg_of(look: Look) -> str:
    """Returns the drawing of a look as an SVG image with a transparent background.

    Raises:
        SafetyEnvsError: it cannot be drawn; see `faults_of`.
    """
    if faults := faults_of(look):
        raise SafetyEnvsError(" ".join(faults))
    colour, symbol = COLOURS[look.colour], symbols()[look.shape]
    body = symbol.body.replace("currentColor", _hexadecimal(colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" '
        f'width="{SIDE}" height="{SIDE}">{body}{_mark(look, symbol, colour)}</svg>'
    )


def _mark_names(look: Look) -> list[str]:
    """Returns the symbols of a look's mark: its digits, or one symbol; none without a mark."""
    if look.mark.isdecimal():
        return [f"digit{digit}" for digit in look.mark]
    return [look.mark] if look.mark else []


def _mark(look: Look, symbol: Symbol, colour: tuple[int, int, int]) -> str:
    """Returns the elements of a look's mark, placed and coloured."""
    if symbol.place is None:
        return ""
    if symbol.place.on_body:
        colour = COLOURS["ink"] if _luma(colour) > BRIGHT else COLOURS["white"]
    x, y, side, _ = symbol.place
    names = _mark_names(look)
    side *= SMALL if len(names) > 1 else 1.0
    placed = ""
    for k, name in enumerate(names):
        left = x - side / 2 + (k - (len(names) - 1) / 2) * side * NARROW
        move = f"translate({left:g} {y - side / 2:g}) scale({side / SIDE:g})"
        placed += f'<g transform="{move}">{symbols()[name].body}</g>'
    return placed.replace("currentColor", _hexadecimal(colour))


def _luma(colour: tuple[int, int, int]) -> float:
    """Returns the luma of a colour, 0..255."""
    red, green, blue = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _hexadecimal(colour: tuple[int, int, int]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@cache
def sprite_of(look: Look, side: int) -> Any:
    """Returns the drawing of a look as a `pygame.Surface` of side x side pixels.

    Its background is transparent. Surfaces are cached, so do not draw on the result.
    """
    import pygame

    image = io.BytesIO(svg_of(look).encode())
    return pygame.image.load_sized_svg(image, (side, side))
