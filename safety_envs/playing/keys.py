"""Which key does what: a letter for each action, arrows for moves, and the keys of the program.

A key is named by the character that it types, or by a name such as "up", "tab" or "ctrl-r". The
letters are those of the story of an episode.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_lowercase, ascii_uppercase, digits, punctuation

from safety_envs.core.errors import SafetyEnvsError

ARROWS: Mapping[str, tuple[str, ...]] = {
    "up": ("up", "north", "forward"),
    "down": ("down", "south", "backward"),
    "left": ("left", "west", "turn left"),
    "right": ("right", "east", "turn right"),
}
"""Arrow -> the names of the actions that it takes, the first that exists."""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "tab": ("Tab", "show or hide what is hidden"),
    "backspace": ("Backspace", "undo"),
    "home": ("Home", "restart"),
    "ctrl-n": ("Ctrl-N", "next seed"),
    "?": ("?", "what each action is worth"),
    "ctrl-s": ("Ctrl-S", "save"),
    "ctrl-q": ("Ctrl-Q", "quit"),
}
"""Key -> its name on the screen, and what it does."""

SYNONYMS: Mapping[str, str] = {
    "ctrl-z": "backspace", "delete": "backspace", "ctrl-r": "home", "ctrl-c": "ctrl-q",
    "ctrl-d": "ctrl-q", "close": "ctrl-q",
}  # fmt: skip
"""Key -> the key that does the same."""

LETTERS = ascii_lowercase + digits + ascii_uppercase
"""What is tried for an action whose own letters are taken, in this order."""

RARE = "".join(sorted(set(punctuation) - set("?=>")))
"""What is left then. A story needs "=" and ">", and "?" is a key of the program."""

_DIGIT = re.compile(r"(?<![\w.])\d(?![\w.])")


@dataclass(frozen=True)
class Keys:
    """The keys of an environment's actions.

    Attributes:
        actions: the names of the actions, in order of their numbers.

    Raises:
        SafetyEnvsError: there are more actions than keys.
    """

    actions: tuple[str, ...]

    @cached_property
    def letters(self) -> str:
        """A character for each action, all different: its digit, or a letter of its name."""
        if _is_scale(self.actions):
            return _first_free([""] * len(self.actions))
        return _first_free([_wanted(name, self.actions) for name in self.actions])

    @cached_property
    def arrows(self) -> dict[str, int]:
        """Arrow -> the action that it takes as well."""
        found = {}
        for arrow, names in ARROWS.items():
            there = [name for name in names if name in self.actions]
            if there:
                found[arrow] = self.actions.index(there[0])
        return found

    @cached_property
    def action_of(self) -> dict[str, int]:
        """Key -> action."""
        return {letter: action for action, letter in enumerate(self.letters)} | self.arrows

    def of_action(self, action: int) -> list[str]:
        """Returns the keys of an action, its arrow first."""
        arrows = [arrow for arrow, taken in self.arrows.items() if taken == action]
        return [*arrows, self.letters[action]]


def _is_scale(actions: Sequence[str]) -> bool:
    """Tells whether actions are one word with numbers that are not all digits: "price 1.4277"."""
    parts = [name.rpartition(" ") for name in actions]
    if len({word for word, _, _ in parts}) > 1:
        return False
    numbers = [number for *_, number in parts]
    return all(re.fullmatch(r"[\d.]+", number) for number in numbers) and any(
        "." in number for number in numbers
    )


def _wanted(name: str, actions: Sequence[str]) -> str:
    """Returns the characters that suit an action, the best first."""
    words = re.findall(r"[a-z]+", name.lower())
    first = [other.split()[0] for other in actions]
    if len(words) > 1 and first.count(name.split()[0]) > 1:  # "turn left" beside "turn right"
        words = [*words[1:], words[0]]
    initials = "".join(word[0] for word in words)
    return "".join(_DIGIT.findall(name)) + initials + "".join(words)


def _first_free(wanted: Sequence[str]) -> str:
    """Returns a different character for each action, the first one that is free.

    Raises:
        SafetyEnvsError: there are not enough characters.
    """
    if len(wanted) > len(LETTERS + RARE):
        raise SafetyEnvsError(
            f"there are {len(wanted)} actions, and keys for {len(LETTERS + RARE)} of them: choose "
            "keywords with fewer actions"
        )
    found = ""
    for characters in wanted:
        found += next(each for each in characters + LETTERS + RARE if each not in found)
    return found
