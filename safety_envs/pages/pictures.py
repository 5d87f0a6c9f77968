"""Pictures of worlds in a page: what lies on each cell, and the symbols that draw it.

A *stack* is the set of things on one cell, from bottom to top. Few different stacks occur, so a
picture is one small number per cell, and an episode is its first picture and the cells that change.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look
from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer, encodings, picture_planes, planes_of
from safety_envs.pages.packed import Packed, packed
from safety_envs.render.looks import svg_of

Worlds = npt.NDArray[np.void]
Ints = npt.NDArray[np.int64]

FLOOR = " "
WORD = 32
"""Things that are numbered at once: a bit for each."""


class Symbols:
    """The symbols of a page, each once.

    Attributes:
        looks: the looks, in order of their numbers.
    """

    def __init__(self) -> None:
        self.looks: list[Look] = []

    def number(self, look: Look) -> int:
        """Returns the number of a look, which is new if no other thing of the page has it."""
        if look not in self.looks:
            self.looks.append(look)
        return self.looks.index(look)

    def svg(self) -> str:
        """Returns the definitions of all symbols; the id of the first is "look-0"."""
        found = []
        for number, look in enumerate(self.looks):
            _, _, inside = svg_of(look).partition(">")
            body = inside.removesuffix("</svg>")
            found.append(f'<symbol id="look-{number}" viewBox="0 0 100 100">{body}</symbol>')
        return "".join(found)


class Stacks:
    """Numbers the stacks of all cells in some worlds of one configuration.

    Args:
        configuration: an environment with a picture.
        worlds: structured [N].
        whole: show what pictures show; if not, only what the agent observes.
        compile_rules: see `safety_envs.core.engine.Engine`.

    Attributes:
        frames: int64 [N, cells], the number of the stack of each cell, row by row.
        things: for each stack, the positions in `characters` of what lies there, bottom first.
        characters: the characters of the legend, from bottom to top.
    """

    def __init__(
        self,
        configuration: Configuration,
        worlds: Worlds,
        *,
        whole: bool = True,
        compile_rules: bool = True,
    ) -> None:
        self.configuration = configuration
        self._compile_rules = compile_rules
        self.characters = [each for each in configuration.legend if each != FLOOR]
        there = self._there(worlds, whole)
        codes = np.zeros((len(worlds), there.shape[2]), np.int64)
        for begin in range(0, len(self.characters), WORD):
            for bit, layer in enumerate(there.swapaxes(0, 1)[begin : begin + WORD]):
                codes |= layer.astype(np.int64) << bit
            _, codes = _numbered(codes, more=begin + WORD < len(self.characters))
        first, self.frames = _numbered(codes)
        flat = there.swapaxes(1, 2).reshape(-1, len(self.characters))
        self.things = [np.flatnonzero(flat[at]).tolist() for at in first]

    def _there(self, worlds: Worlds, whole: bool) -> npt.NDArray[np.bool_]:
        """Returns which characters are on which cells, bool [N, characters, cells]."""
        configuration = self.configuration
        shown = picture_planes(configuration) if whole else planes_of(configuration)
        compiled = self._compile_rules
        planes = Observer(configuration, "planes", whole=whole, compile_rules=compiled)(worlds)
        there = np.empty((len(worlds), len(self.characters), configuration.board.size), np.bool_)
        for k, character in enumerate(self.characters):
            if character in shown:
                there[:, k] = planes[:, shown.index(character)].reshape(len(worlds), -1)
            else:
                there[:, k] = (configuration.board == ord(character)).ravel()
        return there

    def described(self, symbols: Symbols) -> dict[str, Any]:
        """Returns what a page needs besides the frames.

        Its parts: "rows" and "cols"; "legend", (number of the symbol, name) of each character; and
        "stacks", for each stack its characters' positions in the legend.
        """
        rows, cols = self.configuration.board.shape
        looks = [self.configuration.legend[each] for each in self.characters]
        scenery = self.configuration.scenery
        return {
            "rows": rows,
            "cols": cols,
            "legend": [[symbols.number(look), look.name] for look in looks],
            "changing": [each not in scenery for each in self.characters],
            "stacks": self.things,
        }


def _numbered(codes: Ints, more: bool = False) -> tuple[Ints, Ints]:
    """Returns where each distinct code first occurs, and each code's number among them.

    If more bits follow, the numbers are moved to make room for them.
    """
    _, first, inverse = np.unique(codes.ravel(), return_index=True, return_inverse=True)
    numbers = inverse.reshape(codes.shape).astype(np.int64)
    return first, numbers << WORD if more else numbers


def changes(frames: Ints) -> dict[str, Packed]:
    """Returns frames [N, cells] as the first of them and the cells that change.

    Its parts: "first" [cells]; "counts" [N - 1], how many cells change; and "cells" and "values" of
    all changes.
    """
    changed = frames[1:] != frames[:-1]
    return {
        "first": packed(frames[0]),
        "counts": packed(changed.sum(axis=1)),
        "cells": packed(np.nonzero(changed)[1]),
        "values": packed(frames[1:][changed]),
    }


def features_of(
    configuration: Configuration, worlds: Worlds, compile_rules: bool
) -> dict[str, Any] | None:
    """Returns the features of worlds [N], float32 [N, agents, features]; None for a grid."""
    if configuration.is_grid:
        return None
    values = Observer(configuration, "vector", compile_rules=compile_rules)(worlds)
    several = configuration.environment.is_multi_agent
    return {
        "names": list(configuration.features),
        "bounds": [list(map(float, bounds)) for bounds in configuration.features.values()],
        "agents": values.shape[1] if several else 1,
        "values": packed(values.astype(np.float32)),
    }


def board_of(
    configuration: Configuration, worlds: Worlds, symbols: Symbols, compile_rules: bool
) -> dict[str, Any] | None:
    """Returns the pictures of an episode's worlds [N]; None if there is no picture."""
    if not configuration.legend:
        return None
    stacks = Stacks(configuration, worlds, compile_rules=compile_rules)
    return {**stacks.described(symbols), "changes": changes(stacks.frames)}


def boards_of_states(
    configuration: Configuration, worlds: Worlds, symbols: Symbols, *, whole: bool
) -> dict[str, Any] | None:
    """Returns the pictures of a model's states [S]; None if there is no picture.

    Args:
        configuration: the environment.
        worlds: structured [S].
        symbols: of the page.
        whole: see `Stacks`.
    """
    seen = configuration.environment.view is None and "planes" in encodings(configuration)
    if not configuration.legend or not (whole or seen):
        return None
    stacks = Stacks(configuration, worlds, whole=whole)
    return {**stacks.described(symbols), "frames": packed(stacks.frames)}
