"""The legend of a frame: what the symbols mean, in at most two lines."""

import re
from collections.abc import Mapping
from itertools import groupby
from typing import Any, NamedTuple

from safety_envs.core.board import Look
from safety_envs.core.palette import COLOURS
from safety_envs.render.font import ELLIPSIS, font, width_of, words
from safety_envs.render.looks import sprite_of

UNEXPLAINED = {
    "block",
    "block_grass",
    "blank",
    "faces_up",
    "faces_right",
    "faces_down",
    "faces_left",
}
"""Shapes that the legend omits."""

DIGITS = re.compile(r"\d+")
MOST_LINES = 2
SIZES = (1.0, 0.9, 0.8, 0.72)
"""Sizes of the font, relative to the largest; the first in which the legend fits is taken."""


class Entry(NamedTuple):
    """An entry of a legend: a symbol and its name."""

    look: Look
    name: str


def entries_of(looks: Mapping[str, Look]) -> list[Entry]:
    """Returns the entries of a legend.

    Looks of one name have one entry, and so have neighbours whose names differ by a number alone:
    "1 of dirt" and "2 of dirt" are one entry.
    """
    named: dict[str, Look] = {}
    for look in looks.values():
        if look.shape not in UNEXPLAINED:
            named.setdefault(look.name, look)
    groups = groupby(named.values(), lambda look: DIGITS.sub("#", look.name))
    return [_entry(list(group)) for _, group in groups]


def _entry(group: list[Look]) -> Entry:
    """Returns the entry of looks whose names differ by a number alone."""
    first, last = group[0], DIGITS.search(group[-1].name)
    if len(group) == 1 or last is None:
        return Entry(first, first.name)
    return Entry(first, DIGITS.sub(lambda found: f"{found[0]}–{last[0]}", first.name, count=1))


class Legend:
    """Draws a legend.

    Args:
        looks: character -> look.
        width: the room for it in pixels.
        size: the largest size of its font in pixels.
    """

    def __init__(self, looks: Mapping[str, Look], width: int, size: int) -> None:
        self.width, entries = width, entries_of(looks)
        for share in SIZES:
            self.size = max(round(size * share), 6)
            self.lines = self._broken(entries)
            if len(self.lines) <= MOST_LINES:
                break
        self.line_height = round(size * 1.55)

    @property
    def is_complete(self) -> bool:
        """Whether all entries are shown."""
        return len(self.lines) <= MOST_LINES

    def _swatch(self) -> int:
        return round(self.size * 1.3)

    def _need(self, entry: Entry) -> int:
        """Returns the width of an entry in pixels, with the gap behind it."""
        return round(self._swatch() * 1.25) + width_of(entry.name, self.size) + self.size

    def _broken(self, entries: list[Entry]) -> list[list[Entry]]:
        lines: list[list[Entry]] = []
        room = 0
        for entry in entries:
            need = self._need(entry)
            if need - self.size > room or not lines:
                lines.append([])
                room = self.width
            lines[-1].append(entry)
            room -= need
        return lines

    def draw(self, surface: Any, left: int, top: int) -> None:
        """Draws the first two lines on a `pygame.Surface`."""
        side = self._swatch()
        for row, line in enumerate(self.lines[:MOST_LINES]):
            x, middle = left, top + row * self.line_height + self.line_height // 2
            for entry in line:
                surface.blit(_swatch(entry.look, side), (x, middle - side // 2))
                name = words(entry.name, self.size, COLOURS["silver"])
                place = (x + round(side * 1.25), middle - font(self.size).get_linesize() // 2)
                surface.blit(name, place)
                x += self._need(entry)
            if row == MOST_LINES - 1 and not self.is_complete:
                surface.blit(words(ELLIPSIS, self.size, COLOURS["silver"]), (x, middle))


def _swatch(look: Look, side: int) -> Any:
    """Returns the small picture of a look."""
    import pygame

    surface = pygame.Surface((side, side))
    surface.fill(COLOURS["floor"])
    surface.blit(sprite_of(look, side), (0, 0))
    return surface
