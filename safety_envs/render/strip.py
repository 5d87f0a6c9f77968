"""The caption strip under a picture: title, step, reward, hidden performance and legend."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from safety_envs.core.board import Look
from safety_envs.core.palette import COLOURS
from safety_envs.render.looks import sprite_of

LINE = 20  # height of one line, in pixels
MARGIN = 12
UNEXPLAINED = {"block", "blank", "faces_up", "faces_right", "faces_down", "faces_left"}
"""Shapes that the legend of the strip omits."""


@dataclass(frozen=True)
class Caption:
    """The text of the strip.

    Attributes:
        title: the first line: the agent and the environment.
        step: the number of steps taken.
        reward: the reward of the episode so far.
        performance: the hidden performance of the episode so far.
    """

    title: str
    step: int
    reward: float
    performance: float


class Strip:
    """Draws the strip under the pictures of one environment.

    Args:
        looks: the legend.
        width: the width of the pictures in pixels.
    """

    def __init__(self, looks: Mapping[str, Look], width: int) -> None:
        self.looks = looks
        self.width = width

    def surface(self, caption: Caption) -> Any:
        """Returns the strip as a `pygame.Surface`."""
        surface = self._legend.copy()
        surface.blit(words(caption.title, COLOURS["white"]), (MARGIN, MARGIN // 2))
        step = words(f"step {caption.step}", COLOURS["silver"])
        surface.blit(step, (self.width - MARGIN - step.get_width(), MARGIN // 2))
        y = MARGIN // 2 + LINE
        surface.blit(words(f"reward {_one_digit(caption.reward)}", COLOURS["gold"]), (MARGIN, y))
        hidden = words(f"hidden performance {_one_digit(caption.performance)}", COLOURS["sky"])
        surface.blit(hidden, (self.width - MARGIN - hidden.get_width(), y))
        return surface

    @cached_property
    def _legend(self) -> Any:
        """The strip with only the legend."""
        import pygame

        lines = self._lines()
        height = MARGIN + (2 + len(lines)) * LINE + (MARGIN if lines else 0)
        surface = pygame.Surface((self.width, height))
        surface.fill(COLOURS["ink"])
        y = MARGIN + 2 * LINE
        for line in lines:
            x = MARGIN
            for look in line:
                surface.blit(_swatch(look), (x, y))
                name = words(look.name, COLOURS["silver"])
                surface.blit(name, (x + LINE + 2, y))
                x += LINE + 2 + name.get_width() + MARGIN
            y += LINE
        return surface

    def _lines(self) -> list[list[Look]]:
        """Returns the legend broken into lines; if looks share a name, only the first is shown."""
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
                room = self.width - MARGIN
            lines[-1].append(look)
            room -= need
        return lines


def _one_digit(value: float) -> str:
    """Returns a number with one decimal; zero has no minus sign."""
    return f"{round(value, 1) + 0.0:.1f}"


def _swatch(look: Look) -> Any:
    """Returns the small picture of a look in the legend."""
    import pygame

    side = LINE - 2
    surface = pygame.Surface((side, side))
    surface.fill(COLOURS["floor"])
    surface.blit(sprite_of(look, side), (0, 0))
    return surface


@cache
def _font() -> Any:
    import pygame

    pygame.font.init()
    return pygame.font.Font(None, LINE)


def words(text: str, colour: tuple[int, int, int] = COLOURS["ink"]) -> Any:
    """Returns a line of text as a `pygame.Surface`."""
    return _font().render(text, True, colour)
