"""The frame of the terminal: a game as lines of text."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from safety_envs.playing.console import Console
from safety_envs.playing.keys import COMMANDS
from safety_envs.playing.sights import Sights
from safety_envs.playing.values import Worth

SIGNS = {"up": "↑", "down": "↓", "left": "←", "right": "→"}
PLAIN_SIGNS = {"up": "^", "down": "v", "left": "<", "right": ">"}
"""For terminals without these characters."""

GAP = "   "


def frame_of(console: Console, sights: Sights, width: int = 80, plain: bool = False) -> str:
    """Returns what the terminal shows.

    Args:
        console: the game.
        sights: shows its worlds.
        width: the number of characters of a line.
        plain: use ASCII alone for the program's own words.
    """
    session = console.session
    blocks: list[Iterable[str]] = [
        [
            *wrap(f"{session.configuration}, seed {session.seed}", width),
            *_flowing(console.totals, width),
        ],
        sights.text(session.worlds, session.turn, console.revealed).split("\n"),
        _flowing(sights.legend(console.revealed), width),
        _actions(console, PLAIN_SIGNS if plain else SIGNS, width),
        _said(console, width),
        _flowing([f"{name} {what}" for name, what in COMMANDS.values()], width),
    ]
    return "\n\n".join("\n".join(lines) for block in blocks if (lines := list(block)))


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
    parts = wrap(console.message, width)
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
    rows = max(min(len(labels), 6), -(-len(labels) // max(1, width // room)))
    return [
        "".join(f"{label:{room}}" for label in labels[row::rows]).rstrip() for row in range(rows)
    ]
