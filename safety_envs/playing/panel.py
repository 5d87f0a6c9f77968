"""The right side of the window: scores, the keys with their values, and the program's keys."""

from collections.abc import Mapping

from safety_envs.core.board import AGENT_COLOURS
from safety_envs.core.palette import COLOURS
from safety_envs.playing.console import Console
from safety_envs.playing.keys import COMMANDS
from safety_envs.playing.pen import CAP, LARGE, NORMAL, SMALL, TITLE, Pen
from safety_envs.playing.values import Worth

WIDTH = 440
ROW = 26
"""The height of the row of an action."""

TEXT = 21
"""The height of a line of words."""

VALUE_LINES = 4
"""Room for the words on values."""

PAID, WANTED, WHITE, SOFT = (COLOURS[name] for name in ("gold", "sky", "white", "silver"))
FAINT = COLOURS["grey"]
SECOND = WIDTH / 2
PAID_AT, WANTED_AT = WIDTH - 110, WIDTH - 14
"""Where the columns of values end."""


class Panel:
    """Draws the panel of one game; its height does not change while it is played.

    Args:
        console: the game.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        configuration = console.session.configuration
        keywords = {**configuration.keywords}
        del keywords["max_steps"]  # the score says it
        words = [f"{name.replace('_', ' ')} {value}" for name, value in keywords.items()]
        self._keywords = ", ".join(words)
        self._several = configuration.environment.is_multi_agent

    def height(self, pen: Pen) -> float:
        """Returns the height in units."""
        actions = len(self.console.keys.actions)
        heading = TITLE + 18 + TEXT * len(self._facts(pen))
        scores = 72 + (34 + TEXT * len(self._rewards(pen))) * self._several
        commands = -(-len(COMMANDS) // 2) * (CAP + 6) + 16
        return heading + scores + ROW * actions + 50 + TEXT * VALUE_LINES + commands

    def draw(self, pen: Pen, x: float, y: float, height: float) -> None:
        """Draws the panel with its top left at (x, y)."""
        top = self._heading(pen, x, y)
        top = self._scores(pen, x, top)
        top = self._actions(pen, x, top)
        self._words_on_values(pen, x, top)
        self._commands(pen, x, y + height)

    def _facts(self, pen: Pen) -> list[str]:
        return pen.lines(self._keywords, WIDTH, SMALL)

    def _heading(self, pen: Pen, x: float, y: float) -> float:
        session = self.console.session
        pen.text(x, y + TITLE / 2, session.configuration.id, WHITE, TITLE)
        pen.text(x + WIDTH, y + TITLE / 2, f"seed {session.seed}", SOFT, SMALL, right=True)
        y += TITLE + 4
        for line in self._facts(pen):
            pen.text(x, y + TEXT / 2, line, SOFT, SMALL)
            y += TEXT
        pen.rule(x, y + 6, WIDTH)
        return y + 14

    def _scores(self, pen: Pen, x: float, y: float) -> float:
        """Draws step, reward and performance side by side; with several agents, all of them."""
        console, session = self.console, self.console.session
        shown = f"{session.info['performance']:.4g}" if console.revealed else "hidden: Tab"
        whose = f"reward of agent {session.turn}" if self._several else "reward"
        blocks = (
            ("step", f"{session.step} of {session.configuration.max_steps}", WHITE, LARGE),
            (whose, f"{session.rewards[session.turn]:.4g}", PAID, LARGE),
            ("hidden performance", shown, WANTED, LARGE if console.revealed else NORMAL),
        )
        for k, (name, value, colour, size) in enumerate(blocks):
            at = x + k * WIDTH / 3
            pen.text(at, y + 10, name, FAINT, SMALL)
            pen.text(at, y + 36, value, colour, size)
        y += 60
        if self._several:
            y = self._turn(pen, x, y)
        pen.rule(x, y, WIDTH)
        return y + 10

    def _rewards(self, pen: Pen) -> list[str]:
        session = self.console.session
        if len(session.me) == 1:
            return []
        words = [
            f"agent\N{NO-BREAK SPACE}{agent}:\N{NO-BREAK SPACE}{session.rewards[agent]:.4g}"
            for agent in session.me
        ]
        return pen.lines(", ".join(words), WIDTH, SMALL)

    def _turn(self, pen: Pen, x: float, y: float) -> float:
        session = self.console.session
        colour = COLOURS[AGENT_COLOURS[session.turn % len(AGENT_COLOURS)]]
        pen.box(x, y, CAP, CAP, colour)
        number = str(session.turn)
        pen.text(x + (CAP - pen.width(number)) / 2, y + CAP / 2, number)
        ended = "Nobody chooses any more." if session.ended else f"Agent {number} chooses."
        pen.text(x + CAP + 8, y + CAP / 2, ended)
        y += 28
        for line in self._rewards(pen):
            pen.text(x, y + TEXT / 2, line, PAID, SMALL)
            y += TEXT
        return y + 6

    def _actions(self, pen: Pen, x: float, y: float) -> float:
        """Draws a row for each action: its keys, its name and, if asked for, its values."""
        console, worth = self.console, self.console.worth
        known = worth if isinstance(worth, Worth) else None
        if known:
            pen.text(x + PAID_AT, y + 8, "paid", PAID, SMALL, right=True)
            pen.text(x + WANTED_AT, y + 8, "wanted", WANTED, SMALL, right=True)
        y += 18
        for action, name in enumerate(console.keys.actions):
            middle, at = y + ROW / 2, x
            *arrows, letter = console.keys.of_action(action)
            if console.keys.arrows:
                for arrow in arrows:
                    pen.key(at, middle, arrow)
                at += CAP + 5
            pen.key(at, middle, letter)
            pen.text(at + CAP + 10, middle, name, FAINT if console.session.ended else WHITE)
            if known:
                self._value(pen, x, middle, known, action)
            y += ROW
        pen.rule(x, y + 8, WIDTH)
        return y + 16

    def _value(self, pen: Pen, x: float, y: float, worth: Worth, action: int) -> None:
        pen.text(x + PAID_AT, y, f"{worth.paid[action] + 0.0:.3f}", PAID, right=True)
        pen.text(x + WANTED_AT, y, f"{worth.wanted[action] + 0.0:.3f}", WANTED, right=True)
        if worth.best("paid")[action]:
            pen.dot(x + PAID_AT + 9, y, PAID)
        if worth.best("wanted")[action]:
            pen.diamond(x + WANTED_AT + 9, y, WANTED)

    def _words_on_values(self, pen: Pen, x: float, y: float) -> None:
        words = self.console.worth_in_words if self.console.valued else ""
        if isinstance(self.console.worth, Worth):
            words += " The marks are at the best."
        for line in pen.lines(words, WIDTH, SMALL)[:VALUE_LINES]:
            pen.text(x, y + TEXT / 2, line, SOFT, SMALL)
            y += TEXT

    def _commands(self, pen: Pen, x: float, bottom: float) -> None:
        commands: Mapping[str, tuple[str, str]] = COMMANDS
        rows = -(-len(commands) // 2)
        top = bottom - rows * (CAP + 6)
        pen.rule(x, top - 8, WIDTH)
        for k, (name, what) in enumerate(commands.values()):
            at, y = x + (k // rows) * (SECOND + 30), top + (k % rows) * (CAP + 6) + CAP / 2
            width = pen.key(at, y, name)
            pen.text(at + width + 7, y, what, SOFT, SMALL)
