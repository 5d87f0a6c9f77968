"""A plain terminal, also over SSH: no colours, no library. It is restored however the game ends."""

import os
import select
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from safety_envs.playing.console import THINKS, Console
from safety_envs.playing.frame import frame_of
from safety_envs.playing.sights import Sights

SEQUENCES = {
    "[A": "up", "OA": "up", "[B": "down", "OB": "down", "[C": "right", "OC": "right",
    "[D": "left", "OD": "left", "[H": "home", "OH": "home", "[1~": "home", "[7~": "home",
    "[3~": "delete", "[F": "end", "OF": "end", "[Z": "shift-tab",
}  # fmt: skip
"""What terminals send after an escape, and the name of the key."""

CONTROLS = {"\t": "tab", "\x7f": "backspace", "\b": "backspace", "\r": "enter", "\n": "enter"}

SPLIT = 0.05
"""How many seconds the rest of a sequence may be late, before the escape is a key of its own."""

CLEAR, OTHER_SCREEN, FIRST_SCREEN = "\x1b[H\x1b[2J", "\x1b[?1049h", "\x1b[?1049l"
ENDINGS = ("SIGTERM", "SIGHUP")


def play_in_terminal(console: Console) -> None:
    """Plays until the person quits or the input ends.

    If the input is no terminal, its lines are read as keys, and the game is shown after each line.

    Args:
        console: the game.
    """
    sights = Sights(console.session.configuration)
    if sys.stdin.isatty() and sys.stdout.isatty():
        _play_with_keys(console, sights)
    else:
        _play_with_lines(console, sights)


def _play_with_lines(console: Console, sights: Sights) -> None:
    print(_frame(console, sights, 80, None), flush=True)
    for line in sys.stdin:
        for key in keys_of(line.rstrip("\r\n")):
            if not console.done:
                console.press(key)
        print(f"\n{_frame(console, sights, 80, None)}", flush=True)
        if console.done:
            return


def _play_with_keys(console: Console, sights: Sights) -> None:
    with _raw(sys.stdin.fileno()), _cleared():
        while not console.done:
            size = shutil.get_terminal_size()
            if console.thinks:
                print(f"{CLEAR}{THINKS}", flush=True)
            sys.stdout.write(f"{CLEAR}{_frame(console, sights, *size)}")
            sys.stdout.flush()
            for key in keys_of(_read(sys.stdin.fileno())):
                console.press(key)


def _frame(console: Console, sights: Sights, width: int, height: int | None) -> str:
    return frame_of(console, sights, width, height, plain=not _prints_arrows())


def _prints_arrows() -> bool:
    try:
        "↑".encode(sys.stdout.encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _read(descriptor: int) -> str:
    """Returns what was typed, at least one key; a hang-up reads as Ctrl-D."""
    try:
        typed = os.read(descriptor, 1024)
        while typed.endswith((b"\x1b", b"\x1b[", b"\x1bO")):  # perhaps split on its way
            if not select.select([descriptor], [], [], SPLIT)[0]:
                break
            typed += os.read(descriptor, 1024)
    except OSError:  # the terminal is gone
        return "\x04"
    return typed.decode("utf-8", "replace") or "\x04"


def keys_of(typed: str) -> Iterator[str]:
    """Yields the names of the keys in what a terminal sent."""
    while typed:
        if typed[0] == "\x1b":
            key, typed = _sequence(typed[1:])
        else:
            key, typed = _key_of(typed[0]), typed[1:]
        yield key


def _sequence(rest: str) -> tuple[str, str]:
    """Returns the key of a sequence after an escape, and what follows it."""
    if not rest.startswith(("[", "O")):
        return "escape", rest
    end = 1
    while end < len(rest) and (rest[end].isdigit() or rest[end] == ";"):
        end += 1
    sequence = rest[: end + 1]
    return SEQUENCES.get(sequence, "escape"), rest[end + 1 :]


def _key_of(character: str) -> str:
    if character in CONTROLS:
        return CONTROLS[character]
    if character < " ":
        return f"ctrl-{chr(ord(character) + 96)}"
    return character


@contextmanager
def _raw(descriptor: int) -> Iterator[None]:
    """Makes the terminal give every key at once, and restores its settings."""
    import termios

    before = termios.tcgetattr(descriptor)
    now: list[Any] = termios.tcgetattr(descriptor)
    now[0] &= ~(termios.IXON | termios.ICRNL)  # Ctrl-S and Enter are keys
    now[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    with _ended_by_signals():
        try:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, now)
            yield
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextmanager
def _cleared() -> Iterator[None]:
    """Shows the game on the terminal's other screen, so that the first one is as it was after."""
    sys.stdout.write(OTHER_SCREEN)
    try:
        yield
    finally:
        sys.stdout.write(FIRST_SCREEN)
        sys.stdout.flush()


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Turns signals that end a program into an exception, so that everything is restored."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    there = [getattr(signal, name) for name in ENDINGS if hasattr(signal, name)]
    before = {number: signal.signal(number, end) for number in there}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
