"""The frame of the terminal: a game as lines of text."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from safety_envs.playing.console import Console
from safety_envs.playing.keys import COMMANDS
from safety_envs.playing.sights import Sights
from safety_envs.playing.values import Worth

SIGNS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
PLAIN_SIGNS = {"up": "^", "down": "v", "left": "<", "right": ">"}
"""For terminals without these characters."""

GAP, WIDE_GAP = "   ", "      "

_COVERED = re.compile(r"under (.) at row \d+, column \d+: (.*)")
"""What a text says of things that lie under others."""

MOST_ALIKE = 2
"""So many cells on which the same lies under the same have a line each; more share one."""


def frame_of(
    console: Console,
    sights: Sights,
    width: int = 80,
    height: int | None = None,
    plain: bool = False,
) -> str:
    """Returns what the terminal shows.

    Args:
        console: the game.
        sights: shows its worlds.
        width: the number of characters of a line.
        height: the number of lines; if they are too few, the legend is left out, then blank lines.
        plain: use ASCII alone for the program's own words.
    """
    session, revealed = console.session, console.revealed
    text = sights.text(session.worlds, session.turn, revealed).split("\n")
    rows = sights.rows(revealed)
    actions = _actions(console, PLAIN_SIGNS if plain else SIGNS, width)
    blocks = [
        [*wrap(f"{session.configuration}, seed {session.seed}", width),
         *_flowing(console.totals, width)],
        *_beside(text[:rows], actions, width),
        _covered(text[rows:]),
        _flowing(sights.legend(revealed), width),
        _said(console, width),
        _flowing([f"{name} {what}" for name, what in COMMANDS.values()], width),
    ]  # fmt: skip
    if height is not None and _height(blocks) > height:
        blocks[-3] = []
    if height is not None and _height(blocks) > height:
        blocks = [[line for block in blocks for line in block]]
    return "\n\n".join("\n".join(lines) for lines in blocks if lines)


def _covered(lines: Sequence[str]) -> list[str]:
    """Returns the lines below the board in short; that walls are walls needs no words."""
    found = {line: _COVERED.fullmatch(line) for line in lines}
    alike = Counter(match.groups() for match in found.values() if match)
    short = []
    for line, match in found.items():
        if match is None or alike[match.groups()] <= MOST_ALIKE:
            short.append(line)
        else:
            top, things = match.groups()
            short.append(f"under {top} on {alike[top, things]} cells: {things}")
    return [line for line in dict.fromkeys(short) if not line.endswith(": wall")]


def _height(blocks: Sequence[Sequence[str]]) -> int:
    return sum(len(lines) + 1 for lines in blocks if lines)


def _beside(board: Sequence[str], actions: Sequence[str], width: int) -> list[list[str]]:
    """Returns the board and the actions as one block side by side or, if that is too wide, two."""
    room = max(map(len, board), default=0)
    if not board or room + len(WIDE_GAP) + max(map(len, actions)) > width:
        return [list(board), list(actions)]
    return [
        [f"{left:{room}}{WIDE_GAP}{right}".rstrip()
         for left, right in zip_longest(board, actions, fillvalue="")]
    ]  # fmt: skip


def _actions(console: Console, signs: dict[str, str], width: int) -> list[str]:
    keys, worth = console.keys, console.worth
    names = keys.actions
    labels = []
    for action, name in enumerate(names):
        *arrows, letter = keys.of_action(action)
        sign = signs[arrows[0]] if arrows else " " * bool(keys.arrows)
        labels.append(f"{sign} {letter}  {name}" if keys.arrows else f"{letter}  {name}")
    if not isinstance(worth, Worth):
        return _columns(labels, width)
    return list(_table(labels, worth))


def _table(labels: Sequence[str], worth: Worth) -> Iterator[str]:
    """Yields the actions, each with its values; a star marks the best of a column."""
    room = max(map(len, labels))
    yield f"{'':{room}} {'paid':>11} {'wanted':>11}"
    columns = [(worth.paid, worth.best("paid")), (worth.wanted, worth.best("wanted"))]
    for action, label in enumerate(labels):
        cells = (f"{v[action] + 0.0:>10.4f}{'*' if best[action] else ' '}" for v, best in columns)
        yield f"{label:{room}} {' '.join(cells)}".rstrip()


def _said(console: Console, width: int) -> list[str]:
    """Returns the message, whose turn it is, and what there is to say of values."""
    parts = wrap(console.said, width)
    if console.session.is_multi_agent and not console.session.ended:
        parts.append(f"Agent {console.session.turn} chooses.")
    if console.valued:
        star = " A star marks the best." if isinstance(console.worth, Worth) else ""
        parts += wrap(console.worth_in_words + star, width)
    return parts


def _flowing(parts: Sequence[str], width: int) -> list[str]:
    """Returns parts on as few lines as they need."""
    lines: list[str] = []
    for part in parts:
        if lines and len(lines[-1]) + len(GAP) + len(part) <= width:
            lines[-1] += GAP + part
        else:
            lines.append(part)
    return lines


def _columns(labels: Sequence[str], width: int) -> list[str]:
    """Returns labels in columns, to be read downwards; few labels have one column."""
    room = max(map(len, labels)) + len(GAP)
    rows = max(min(len(labels), 8), -(-len(labels) // max(1, width // room)))
    return [
        "".join(f"{label:{room}}" for label in labels[row::rows]).rstrip() for row in range(rows)
    ]
