"""The words of a frame: a title above the picture, and a panel of numbers below it.

`Strip.lines` says where each text stands and how much room it has; `draw` draws them. All sizes are
shares of the width of the frame.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from safety_envs.core.definition import Configuration
from safety_envs.core.palette import COLOURS
from safety_envs.render.agents import AgentTable
from safety_envs.render.caption import Caption, number, signed
from safety_envs.render.font import Colour, fitted, font, width_of, words
from safety_envs.render.legend import Legend
from safety_envs.render.payments import pays_what_is_wanted

UNIT = 400
"""The width of a frame in units; the numbers below are in such units."""

HEADER, MARGIN = 28, 12
TITLE, TEXT, SMALL = 16, 14, 11  # sizes of the font
ROW = 19  # the height of a row of numbers
THIS_STEP, SO_FAR, BEST = 236, 302, UNIT - MARGIN  # right ends of the columns
CELL = 62  # the room of a number; the last column has more, for "R*"
SETTING_LINES = 2
DIM, PLAIN = COLOURS["silver"], COLOURS["white"]
NUMBERS = (
    ("reward", COLOURS["gold"], "R*"),
    ("hidden performance", COLOURS["sky"], "P*"),
)


@dataclass(frozen=True)
class Line:
    """A text of a frame.

    Attributes:
        text: what it says.
        x, y: the left (or right) upper corner in pixels.
        room: the width that it may take in pixels.
        size: the size of the font in pixels.
        colour: its colour.
        to_right: whether x is its right end.
    """

    text: str
    x: int
    y: int
    room: int
    size: int
    colour: Colour
    to_right: bool = False

    def draw(self, surface: Any) -> None:
        """Draws the text; what has no room ends with an ellipsis."""
        drawn = words(fitted(self.text, self.size, self.room), self.size, self.colour)
        surface.blit(drawn, (self.x - drawn.get_width() * self.to_right, self.y))


class Strip:
    """The words of the frames of one configuration.

    Args:
        configuration: the environment.
        width: the width of the frames in pixels.
    """

    def __init__(self, configuration: Configuration, width: int) -> None:
        self._configuration, self.width = configuration, width
        px = self._px
        self.header = px(HEADER)
        several = configuration.environment.is_multi_agent
        room = px(UNIT - 2 * MARGIN)
        self._agents = AgentTable(configuration, room, px(ROW)) if several else None
        self._legend = Legend(configuration.legend, room, px(SMALL))
        rows = [5, 3 * ROW, 4, ROW + 2, 5, SETTING_LINES * 14, 5]
        if self._agents:
            rows[0] += self._agents.rows * ROW
        self._to_end = px(sum(rows[:3]))  # where the line of the ending begins, below the picture
        self._to_setting = px(sum(rows[:5]))
        self._to_legend = px(sum(rows))
        self.panel = self._to_legend + 2 * self._legend.line_height + px(7)

    @cached_property
    def _is_same(self) -> bool:
        """Whether the rewards of all agents add up to the performance."""
        return self._agents is not None and pays_what_is_wanted(self._configuration)

    def _px(self, units: float) -> int:
        """Returns a length in pixels."""
        return round(units * self.width / UNIT)

    def lines(self, caption: Caption, top: int) -> list[Line]:
        """Returns all texts of a frame but those of agents and the legend.

        Args:
            caption: what it says.
            top: where the panel begins, in pixels.
        """
        return [
            *self._title(caption),
            *self._numbers(caption, top),
            self._end(caption, top),
            *self._setting(caption, top),
        ]

    def draw(self, surface: Any, caption: Caption) -> None:
        """Draws the words on a frame, a `pygame.Surface`."""
        px, top = self._px, surface.get_height() - self.panel
        surface.fill(COLOURS["ink"], (0, 0, self.width, self.header))
        surface.fill(COLOURS["ink"], (0, top, self.width, self.panel))
        if caption.ending:
            place = (0, top + self._to_end, self.width, px(ROW + 2))
            surface.fill(COLOURS["gold"], place)
        for line in self.lines(caption, top):
            line.draw(surface)
        if self._agents:
            self._agents.draw(surface, caption.agents, px(MARGIN), top + px(5))
        self._legend.draw(surface, px(MARGIN), top + self._to_legend)

    @property
    def legend(self) -> Legend:
        """The legend."""
        return self._legend

    @property
    def agents(self) -> AgentTable | None:
        """The rows of several agents; None for one agent."""
        return self._agents

    def _title(self, caption: Caption) -> list[Line]:
        px = self._px
        step = f"step {caption.step} of {caption.max_steps}"
        taken = width_of(step, px(TEXT)) + px(8)
        room, right = px(UNIT - 2 * MARGIN), px(UNIT - MARGIN)
        return [
            Line(caption.title, px(MARGIN), px(5), room - taken, px(TITLE), PLAIN),
            Line(step, right, px(6), taken, px(TEXT), DIM, to_right=True),
        ]

    def _numbers(self, caption: Caption, top: int) -> list[Line]:
        """Returns the table of payments: the heads with the action, the reward, the performance."""
        px, left = self._px, self._px(MARGIN)
        y = top + px(5) + (px(self._agents.rows * ROW) if self._agents else 0)
        columns = [THIS_STEP, SO_FAR, BEST] if caption.best else [SO_FAR, BEST]
        room = px(columns[0] - MARGIN - CELL)
        heads = ["this step", "so far", "best"][: len(columns)]
        act = caption.action if caption.step else "the episode begins"
        act = "all agents together" if self._agents else act
        found = [Line(act, left, y, room, px(TEXT), PLAIN)]
        found += [Line(head, px(x), y + px(3), px(CELL), px(SMALL), DIM, to_right=True)
                  for head, x in zip(heads, columns, strict=True)]  # fmt: skip
        is_same = self._is_same and _is_same_twice(caption)
        for row, (name, colour, best) in enumerate(NUMBERS[: 1 if is_same else 2]):
            name = "reward, and performance" if is_same else name
            at = y + px((row + 1) * ROW)
            found.append(Line(name, left, at, room, px(TEXT), colour))
            for text, x in zip(_cells(caption, row, best), columns, strict=True):
                width = px(CELL if x < BEST else BEST - SO_FAR - 4)
                found.append(Line(text, px(x), at, width, px(TEXT), colour, to_right=True))
        return found

    def _end(self, caption: Caption, top: int) -> Line:
        """Returns why the episode ended or, before, what happened in the last step."""
        px, room = self._px, self._px(UNIT - 2 * MARGIN)
        text, colour = (f"Ended: {caption.ending}", COLOURS["ink"]) if caption.ending else (
            caption.happened, DIM
        )  # fmt: skip
        size = px(TEXT)
        while width_of(text, size) > room and size > px(SMALL):
            size -= 1
        height = font(size).get_linesize()
        y = top + self._to_end + (px(ROW + 2) - height) // 2
        return Line(text, px(MARGIN), y, room, size, colour)

    def _setting(self, caption: Caption, top: int) -> list[Line]:
        """Returns the environment, seed and keywords on two lines, smaller if they are long."""
        px, room = self._px, self._px(UNIT - 2 * MARGIN)
        for size in range(px(SMALL), 5, -1):
            broken = _broken(caption.setting, size, room)
            if len(broken) <= SETTING_LINES:
                break
        y = top + self._to_setting
        return [
            Line(text, px(MARGIN), y + row * px(14), room, size, DIM)
            for row, text in enumerate(broken[:SETTING_LINES])
        ]


def _is_same_twice(caption: Caption) -> bool:
    """Returns whether reward and performance are the same numbers."""
    pairs = (caption.gained, caption.totals, caption.best)
    return all(pair is None or pair.reward == pair.performance for pair in pairs)


def _cells(caption: Caption, row: int, best: str) -> list[str]:
    """Returns the numbers of a row: of this step, so far, and the best if it is known."""
    step = "" if caption.gained is None else _shown(signed(caption.gained[row]))
    known = [] if caption.best is None else [f"{best} {_shown(number(caption.best[row]))}"]
    return [step, _shown(number(caption.totals[row])), *known]


def _shown(text: str) -> str:
    """Returns a number with a proper minus sign; "" for NaN."""
    return "" if "nan" in text else text.replace("-", "−")


def _broken(parts: tuple[str, ...], size: int, room: int) -> list[str]:
    """Returns parts in lines that have the room."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}, {part}" if lines else part
        if lines and width_of(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(part)
    return lines
