"""Windows: the part of a board that each agent sees around itself.

A world is painted once on a board with a margin of walls. Each cell is a set of bits or a code.
Then every agent's window is read from the board, rotated so that the agent faces up. One agent
alone has a window without a first axis, and no plane for others.
"""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import (
    AGENT_CHARACTERS,
    WALL,
    Canvas,
    put,
    put_bit,
    put_each,
    put_each_bit,
    put_seen,
)
from safety_envs.core.borrow import borrowed
from safety_envs.core.compile import Binding, Rule, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.over_worlds import OverWorlds
from safety_envs.core.placeholders import eye, map_of, own_rules, paint, present

OTHERS = "others"
"""The name of the plane that all other agents share."""

DOWN_OF = np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
"""[facing] the step (rows, cols) on the board for one cell down in the window."""

RIGHT_OF = np.array([(0, 1), (0, -1), (-1, 0), (1, 0)])
"""[facing] the step (rows, cols) on the board for one cell to the right in the window."""


def window_planes(configuration: Configuration) -> tuple[str, ...]:
    """Returns the planes of a window: the visible characters, and the other agents if any."""
    things = [c for c in configuration.legend if c not in configuration.scenery]
    if not configuration.environment.is_multi_agent:
        return tuple(things)
    return (*(each for each in things if each not in AGENT_CHARACTERS), OTHERS)


class WindowWriter:
    """Writes the windows of all agents of a batch of worlds.

    Args:
        configuration: an environment with a view.
        compile_rules: False runs the rules as plain Python.
        num_threads: how many threads write.

    Attributes:
        side: the side of a window in cells.
    """

    def __init__(
        self, configuration: Configuration, compile_rules: bool = True, num_threads: int = 1
    ) -> None:
        view = configuration.environment.view
        assert view is not None, "only environments with a view have windows"
        self.configuration = configuration
        self.side = view.side(configuration.level)
        self._compile_rules, self._num_threads = compile_rules, num_threads

    def write_planes(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.uint8]) -> None:
        """Writes windows as planes of 0/1 into uint8 [N, (agents,) planes, side, side]."""
        self._plane_writer(worlds, out.reshape(len(out), *self._masks.shape, self.side * self.side))

    def write_codes(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.uint8]) -> None:
        """Writes windows as character codes into uint8 [N, (agents,) side, side]."""
        self._code_writer(worlds, out.reshape(len(out), self.configuration.agents, self.side**2))

    def _rest(self, backgrounds: npt.NDArray[Any], *tables: Any) -> tuple[Any, ...]:
        """Returns the level, the backgrounds, room to paint in, and tables."""
        rows, cols = backgrounds[0].shape
        margin = self.side // 2
        canvas, begin = backgrounds[0].copy(), margin * cols + margin
        # The margin at the right of a row belongs to it: so the rows lie in one piece, and to find
        # a cell takes one multiplication instead of two.
        inner = canvas.reshape(-1)[begin : begin + (rows - 2 * margin) * cols].reshape(-1, cols)
        window = np.zeros(self.side * self.side, backgrounds.dtype)
        flat = backgrounds.reshape(len(backgrounds), -1)
        return self.configuration.level, flat, canvas.reshape(-1), inner, window, *tables

    @cached_property
    def _characters(self) -> list[str]:
        """The characters that have a bit: several agents in order, then all other visible ones."""
        things = [each for each in window_planes(self.configuration) if each != OTHERS]
        return [*AGENT_CHARACTERS[: self._several], *things]

    @property
    def _several(self) -> int:
        """The number of agents if there are several, else 0."""
        configuration = self.configuration
        return configuration.agents if configuration.environment.is_multi_agent else 0

    @cached_property
    def _bit_of(self) -> npt.NDArray[Any]:
        few = len(self._characters) <= 16  # half the memory to copy
        bits: npt.NDArray[Any] = np.zeros(256, np.uint16 if few else np.uint32)
        for number, character in enumerate(self._characters):
            bits[ord(character)] = 1 << number
        return bits

    @cached_property
    def _masks(self) -> npt.NDArray[Any]:
        """[agents, planes] the bits that an agent's plane shows."""
        agents = self._several
        things = [self._bit_of[ord(c)] for c in self._characters[agents:]]
        everybody = (1 << agents) - 1
        others = [[everybody & ~(1 << agent)] for agent in range(agents)] or [[]]
        return np.array([[*things, *each] for each in others], self._bit_of.dtype)

    @cached_property
    def _seen(self) -> npt.NDArray[np.uint8]:
        """[256] whether a character is visible."""
        return (self._bit_of > 0).astype(np.uint8)

    @cached_property
    def _codes_boards(self) -> npt.NDArray[np.uint8]:
        """[maps, rows, cols] what is painted first, with a margin."""
        margin = self.side // 2
        margins = ((0, 0), (margin, margin), (margin, margin))
        return np.pad(self.configuration.backgrounds, margins, constant_values=WALL)

    @cached_property
    def _bits_boards(self) -> npt.NDArray[Any]:
        return self._bit_of[self._codes_boards]

    @cached_property
    def _plane_writer(self) -> OverWorlds:
        tables = self._bits_boards, self._bit_of, self._masks
        return self._writer(write_planes, {put: put_bit, put_each: put_each_bit}, *tables)

    @cached_property
    def _code_writer(self) -> OverWorlds:
        return self._writer(write_codes, {put: put_seen}, self._codes_boards, self._seen)

    def _writer(self, loop: Rule, brushes: dict[Rule, Rule], *tables: Any) -> OverWorlds:
        rules = own_rules(self.configuration.environment, paint, eye, present, map_of)
        constants = {"SIDE": self.side, "AGENTS": self.configuration.agents}
        return OverWorlds(
            loop,
            Binding({**rules, **brushes}, (self.configuration.world,), constants),
            lambda: self._rest(*tables),
            compile_rules=self._compile_rules,
            agents=self.configuration.agents,
            num_threads=self._num_threads,
        )


SIDE = AGENTS = 0
"""Placeholders for the window's side and the number of agents, constants in a compiled loop."""


@rule
def write_planes(worlds, out, level, backgrounds, canvas, inner, window, bit_of, masks):
    """Writes the windows of worlds [N] as planes, out [N, agents, planes, cells]."""
    worlds, level, backgrounds = borrowed((worlds, level, backgrounds))
    canvas, inner, window = borrowed((canvas, inner, window))
    bit_of, masks, out = borrowed((bit_of, masks, out))
    for i in range(len(worlds)):
        number = map_of(worlds[i], level)
        for k in range(len(canvas)):
            canvas[k] = backgrounds[number, k]
        paint(worlds[i], level, Canvas(inner, bit_of))
        for agent in range(AGENTS):
            if present(worlds[i], level, agent):
                look(eye(worlds[i], level, agent), inner.shape[1], canvas, window)
                for plane in range(out.shape[2]):
                    mask = masks[agent, plane]
                    for k in range(SIDE * SIDE):
                        out[i, agent, plane, k] = (window[k] & mask) != 0
            else:
                for plane in range(out.shape[2]):
                    for k in range(SIDE * SIDE):
                        out[i, agent, plane, k] = 0


@rule
def write_codes(worlds, out, level, backgrounds, canvas, inner, window, seen):
    """Writes the windows of worlds [N] as character codes, out [N, agents, cells]."""
    worlds, level, backgrounds = borrowed((worlds, level, backgrounds))
    canvas, inner, window = borrowed((canvas, inner, window))
    seen, out = borrowed((seen, out))
    for i in range(len(worlds)):
        number = map_of(worlds[i], level)
        for k in range(len(canvas)):
            canvas[k] = backgrounds[number, k]
        paint(worlds[i], level, Canvas(inner, seen))
        for agent in range(AGENTS):
            if present(worlds[i], level, agent):
                look(eye(worlds[i], level, agent), inner.shape[1], canvas, window)
                for k in range(SIDE * SIDE):
                    out[i, agent, k] = window[k]
            else:
                for k in range(SIDE * SIDE):
                    out[i, agent, k] = 0


@rule
def look(eye, cols, canvas, window):
    """Reads the window around an eye from a flat board with a margin; `cols` is its width."""
    half = SIDE // 2
    down = DOWN_OF[eye.facing, 0] * cols + DOWN_OF[eye.facing, 1]
    right = RIGHT_OF[eye.facing, 0] * cols + RIGHT_OF[eye.facing, 1]
    first = (eye.row + half) * cols + eye.col + half - half * (down + right)
    for row in range(SIDE):
        for col in range(SIDE):
            # Unsigned indices spare the machine code a look whether they count from the end.
            window[row * SIDE + col] = canvas[np.uint64(first + row * down + col * right)]
