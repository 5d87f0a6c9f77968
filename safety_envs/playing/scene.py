"""The left side of the window: the picture, what happened, features, legend and metrics."""

from typing import Any

from safety_envs.core.board import Look
from safety_envs.core.fields import PlainArray
from safety_envs.core.palette import COLOURS
from safety_envs.playing.console import Console
from safety_envs.playing.pen import CARD, FAINT_LINE, SMALL, Pen
from safety_envs.playing.sights import Feature, Sights
from safety_envs.render.image import Painter
from safety_envs.render.legend import Entry, entries_of
from safety_envs.render.looks import sprite_of

WIDTH = 560
MOST_ENLARGED = 2.0
"""How much a picture is enlarged at most."""

MESSAGE_LINES = 3
LINE = 24
GAP = 14
SWATCH = 20
BAR, BAR_AT = 10, 330
"""The height of the bar of a feature, and where it begins."""

VEIL = (24, 25, 34, 255)
"""What lies over cells that an agent does not see."""


class Scene:
    """Draws the worlds of one game.

    Args:
        console: the game.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.configuration = console.session.configuration
        self._sights = Sights(self.configuration)
        self._painter = Painter(self.configuration)
        self._legend = entries_of(self.configuration.legend)
        self._metric_rows = -(-(len(console.metrics) - 1) // 2)

    def height(self, pen: Pen) -> float:
        """Returns the least height in units."""
        return self._drawn_size(1e9)[1] + self._below(pen)

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draws the scene with its top left at (x, y)."""
        bottom = y + height
        if self.configuration.legend:
            width, tall = self._drawn_size(height - self._below(pen))
            pen.picture(x + (WIDTH - width) / 2, y, width, tall, self._picture())
            y += tall + GAP
        y = self._draw_features(pen, x, y) + GAP / 2
        for line in pen.lines(self.console.said, WIDTH)[:MESSAGE_LINES]:
            pen.text(x, y + LINE / 2, line)
            y += LINE
        self._draw_legend(pen, x, bottom - self._lower(pen))
        if self.console.revealed:
            self._draw_metrics(pen, x, bottom - LINE * self._metric_rows)

    def _drawn_size(self, room: float) -> tuple[float, float]:
        """Returns width and height of the picture in units, so that it fits into a height."""
        if not self.configuration.legend:
            return 0.0, 0.0
        width, height = self._painter.board_alone.size
        factor = min(WIDTH / width, room / height, MOST_ENLARGED)
        return width * factor, height * factor

    def _below(self, pen: Pen) -> float:
        """Returns the height of what is below the picture."""
        features = LINE * len(self._features()) + 3 * GAP
        return LINE * MESSAGE_LINES + features + self._lower(pen)

    def _lower(self, pen: Pen) -> float:
        """Returns the height of the legend and of the room for metrics."""
        return LINE * (len(self._legend_lines(pen)) + self._metric_rows) + GAP

    def _features(self) -> list[Feature]:
        session = self.console.session
        return self._sights.features(session.worlds, session.turn)

    def _draw_features(self, pen: Pen, x: float, y: float) -> float:
        """Draws each feature with its value and a bar between its bounds; returns the bottom."""
        features, full = self._features(), WIDTH - BAR_AT - GAP
        if not features:
            return y
        pen.box(x, y, WIDTH, LINE * len(features) + GAP, CARD)
        y += GAP / 2
        for name, value, share in features:
            middle = y + LINE / 2
            pen.text(x + GAP, middle, name, COLOURS["silver"], SMALL)
            pen.text(x + BAR_AT - 12, middle, value, COLOURS["white"], SMALL, right=True)
            pen.box(x + BAR_AT, middle - BAR / 2, full, BAR, FAINT_LINE)
            if share:
                pen.box(x + BAR_AT, middle - BAR / 2, full * share, BAR, COLOURS["sky"])
            y += LINE
        return y + GAP / 2

    def _draw_metrics(self, pen: Pen, x: float, y: float) -> None:
        for k, metric in enumerate(self.console.metrics[1:]):
            at = x + (k % 2) * WIDTH / 2
            pen.text(at, y + (k // 2 + 0.5) * LINE, metric, COLOURS["sky"], SMALL)

    def _picture(self) -> Any:
        """Returns the picture as a `pygame.Surface`; what an agent does not see is covered."""
        session, revealed = self.console.session, self.console.revealed
        worlds = session.worlds if revealed else self._sights.pictured(session.worlds)
        surface = self._painter.board_alone.surface(worlds)
        if self.configuration.environment.view is not None:
            self._veil(surface, revealed)
        return surface

    def _veil(self, surface: Any, revealed: bool) -> None:
        """Frames the agent whose turn it is, and covers what lies outside of its view."""
        import pygame

        view, session = self.configuration.environment.view, self.console.session
        assert view is not None, "only environments with a view have a veil"
        level = self.configuration.level
        eye = view.eye(PlainArray(session.worlds)[0], level, session.turn)
        half, tile = view.side(level) // 2, self._painter.board_alone.tile
        left, top = int(eye.col) * tile, int(eye.row) * tile
        if not revealed:
            veil = pygame.Surface(surface.get_size(), pygame.SRCALPHA)
            veil.fill(VEIL)
            side = (2 * half + 1) * tile
            veil.fill((0, 0, 0, 0), (left - half * tile, top - half * tile, side, side))
            surface.blit(veil, (0, 0))
        pygame.draw.rect(surface, COLOURS["ink"], (left - 1, top - 1, tile + 2, tile + 2), 3)

    def _legend_lines(self, pen: Pen) -> list[list[Entry]]:
        lines: list[list[Entry]] = []
        room = 0.0
        for entry in self._legend:
            need = SWATCH + 6 + pen.width(entry.name, SMALL) + 16
            if need > room or not lines:
                lines.append([])
                room = WIDTH + 16
            lines[-1].append(entry)
            room -= need
        return lines

    def _draw_legend(self, pen: Pen, x: float, y: float) -> None:
        for line in self._legend_lines(pen):
            at = x
            for look, name in line:
                self._swatch(pen, at, y + (LINE - SWATCH) / 2, look)
                at += SWATCH + 6
                at += pen.text(at, y + LINE / 2, name, COLOURS["silver"], SMALL) + 16
            y += LINE

    def _swatch(self, pen: Pen, x: float, y: float, look: Look) -> None:
        pen.box(x, y, SWATCH, SWATCH, COLOURS["floor"])
        sprite = sprite_of(look, pen.pixels(SWATCH))
        pen.surface.blit(sprite, (pen.pixels(x), pen.pixels(y)))
