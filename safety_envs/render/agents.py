"""The rows of several agents: a symbol, the action, a bar, the reward, and who is out."""

from typing import Any, NamedTuple

from safety_envs.core.board import AGENT_CHARACTERS, AGENT_COLOURS, Look
from safety_envs.core.definition import Configuration
from safety_envs.core.palette import COLOURS
from safety_envs.render.caption import AgentLine, number, signed
from safety_envs.render.font import fitted, font, words
from safety_envs.render.looks import sprite_of

MOST_ROWS = 4
OUT = "out"


class Cell(NamedTuple):
    """Where an agent's row stands, in pixels."""

    x: int
    y: int
    width: int


class AgentTable:
    """Draws the rows of the agents, at most four below each other.

    Args:
        configuration: an environment with several agents.
        width: the width of the table in pixels.
        row: the height of a row in pixels.
    """

    def __init__(self, configuration: Configuration, width: int, row: int) -> None:
        self.columns = -(-configuration.agents // MOST_ROWS)
        self.rows = -(-configuration.agents // self.columns)
        self.width, self.row = width, row
        self.size = round(row * 0.68)
        self._looks = [
            configuration.legend.get(
                AGENT_CHARACTERS[k], Look(f"agent {k}", AGENT_COLOURS[k], "token", str(k))
            )
            for k in range(configuration.agents)
        ]

    def cell(self, agent: int) -> Cell:
        """Returns where an agent's row stands, relative to the table."""
        gap = self.row // 2
        width = (self.width + gap) // self.columns - gap
        return Cell(agent // self.rows * (width + gap), agent % self.rows * self.row, width)

    def texts(self, line: AgentLine) -> list[tuple[str, int]]:
        """Returns the texts of an agent's row and the room of each: the action, then the reward.

        With more than one column there is no room for actions.
        """
        width = self.cell(line.number).width
        says = OUT if not line.present else line.action
        if says and line.present and line.gained:
            says += f"  {signed(line.gained)}"
        if self.columns > 1:
            says = OUT if not line.present else ""
        share = 0.56 if self.columns == 1 else 0.26
        return [(says, round(width * share)), (number(line.total), self._room_of_total(width))]

    def _room_of_total(self, width: int) -> int:
        return round(width * (0.17 if self.columns == 1 else 0.3))

    def draw(self, surface: Any, lines: tuple[AgentLine, ...], left: int, top: int) -> None:
        """Draws the rows on a `pygame.Surface`."""
        most = max((abs(line.total) for line in lines), default=0.0) or 1.0
        for line in lines:
            cell = self.cell(line.number)
            self._draw_row(surface, line, Cell(left + cell.x, top + cell.y, cell.width), most)

    def _draw_row(self, surface: Any, line: AgentLine, cell: Cell, most: float) -> None:
        look, side = self._looks[line.number], self.row - 2
        colour = COLOURS["white"] if line.present else COLOURS["grey"]
        surface.fill(COLOURS["floor"], (cell.x, cell.y, side, side))
        surface.blit(sprite_of(look, side), (cell.x, cell.y))
        (says, room), (total, _) = self.texts(line)
        y = cell.y + (self.row - font(self.size).get_linesize()) // 2
        x = cell.x + side + self.row // 3
        surface.blit(words(fitted(says, self.size, room), self.size, colour), (x, y))
        drawn = words(total.replace("-", "−"), self.size, colour)
        surface.blit(drawn, (cell.x + cell.width - drawn.get_width(), y))
        begin = x + (room if self.columns == 1 or not line.present else 0)
        end = cell.x + cell.width - self._room_of_total(cell.width) - self.row // 3
        self._bar(surface, line, (begin, cell.y, end - begin), most)

    def _bar(self, surface: Any, line: AgentLine, place: tuple[int, int, int], most: float) -> None:
        """Draws the bar of an agent's reward: full for a gain, an outline for a loss."""
        import pygame

        x, y, full = place
        if full <= 0:
            return
        height = max(self.row // 3, 2)
        at = y + (self.row - height) // 2
        surface.fill(COLOURS["wall"], (x, at, full, height))
        length = round(full * abs(line.total) / most)
        if length:
            colour = COLOURS[self._looks[line.number].colour]
            pygame.draw.rect(surface, colour, (x, at, length, height), line.total < 0)
