"""Observations: what an agent sees of a world, in one of several encodings.

An encoding is a function of the world:

- "planes": one plane of 0/1 for each character of the legend, uint8 [planes, rows, cols]. A thing
  appears in its plane even if another thing covers it. Scenery, which never changes, has no plane.
- "vector": named features, float32 [features]; for environments without a grid.
- "text": the information of the default observation ("planes" for a grid, else "vector") in words.
  Two texts are equal if and only if the default observations are. A text holds the board, the
  covered things and the features; see `safety_envs.core.text`.
- "board": character codes, uint8 [rows, cols]: the topmost thing on each cell.
- "rgb": the board as coloured squares, uint8 [8*rows, 8*cols, 3].

"board" and "rgb" can alias. They do not show covered things, "rgb" cannot distinguish two things of
the same colour, and if the default is "vector" they are only the picture, which may not show every
feature. So two worlds with different default observations can look the same.

With several agents the first axis is the agent; "text" is then a tuple with one text per agent. If
agents have views of a grid, each encoding shows the agent's window instead of the board, and other
agents share one plane. If they have features, each agent has its own. One agent alone may have a
view too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import NO_PLANE, Canvas, put, put_noted, put_plane, put_shown
from safety_envs.core.borrow import borrowed
from safety_envs.core.colours import PIXELS, ColourWriter, colour_table
from safety_envs.core.compile import Binding, Rule, bound, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.flat import flat
from safety_envs.core.over_worlds import OverWorlds
from safety_envs.core.placeholders import map_of, observe, own_rules, paint
from safety_envs.core.text import TextWriter, as_text, board_layers, window_layers
from safety_envs.core.threads import checked_threads
from safety_envs.core.views import WindowWriter, window_planes

GRID_ENCODINGS = ("planes", "board", "rgb", "text")
FLOOR, WALL_AND_FLOOR = " ", "# "


def encodings(configuration: Configuration) -> tuple[str, ...]:
    """Returns the encodings that an environment offers, its default first."""
    if configuration.is_grid:
        return GRID_ENCODINGS
    # A picture shows all agents. With several agents, none of them observes it: each has features.
    alone = not configuration.environment.is_multi_agent
    picture = GRID_ENCODINGS if configuration.legend and alone else ("text",)
    return ("vector", *picture)


class Observer:
    """Encodes batches of worlds.

    Args:
        configuration: the environment.
        encoding: one of `encodings(configuration)`; the first of them if None.
        compile_rules: False runs the rules as plain Python.
        whole: encode the whole board as pictures show it, even if agents have views. "text" is then
            the painted board alone.
        num_threads: how many threads write observations; texts are written by one.

    Attributes:
        encoding: the name of the encoding.
        shape: the shape of one world's observation; for "text" it is () or (agents,).
        dtype: the NumPy dtype; for "text" it is object.
        low, high: the bounds, numbers or arrays; for "text" they are None.
        writer: writes the texts of "text"; None for other encodings and for `whole`.

    Raises:
        SafetyEnvsError: the environment does not offer the encoding.
    """

    def __init__(
        self,
        configuration: Configuration,
        encoding: str | None = None,
        *,
        compile_rules: bool = True,
        whole: bool = False,
        num_threads: int = 1,
    ) -> None:
        known = GRID_ENCODINGS if whole else encodings(configuration)
        self.configuration = configuration
        self.encoding = known[0] if encoding is None else encoding
        if self.encoding not in known:
            raise SafetyEnvsError(
                f"{configuration.id} has no observation {encoding!r}. "
                f"{did_you_mean(str(encoding), known)}"
            )
        self.num_threads = checked_threads(num_threads)
        self._whole = whole
        has_windows = configuration.environment.view is not None and not whole
        self._windows = (
            WindowWriter(configuration, compile_rules, self.num_threads) if has_windows else None
        )
        several = configuration.environment.is_multi_agent and not whole
        form = _form(configuration, self.encoding, self._windows, self._planes, several)
        self.shape, self.dtype, self.low, self.high = form.shape, form.dtype, form.low, form.high
        self._compile_rules = compile_rules
        is_words = self.encoding == "text" and not whole
        self.writer = self._text_writer(known) if is_words else None

    def __deepcopy__(self, memo: dict[int, Any]) -> "Observer":
        return self  # it has no state

    def __reduce__(self) -> tuple[Any, ...]:
        return _observer, (
            self.configuration, self.encoding, self._compile_rules, self._whole, self.num_threads
        )  # fmt: skip

    def empty(self, num_worlds: int) -> npt.NDArray[Any]:
        """Returns an uninitialised buffer for the observations of a batch."""
        return np.empty((num_worlds, *self.shape), self.dtype)

    def write(self, worlds: npt.NDArray[np.void], out: npt.NDArray[Any]) -> None:
        """Encodes worlds [N] into a buffer [N, *shape]."""
        self._write(worlds, out)

    def __call__(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the observations of worlds [N]: an array, or for "text" a tuple.

        The tuple has a string for each world or, with several agents, a tuple of strings.
        """
        if self.encoding == "text":
            return self._texts(worlds)
        out = np.empty((len(worlds), *self.shape), self.dtype)
        self._write(worlds, out)
        return out

    def _texts(self, worlds: npt.NDArray[np.void]) -> tuple[Any, ...]:
        if self.writer is not None:
            return self.writer(worlds)
        boards = np.empty((len(worlds), *self.configuration.board.shape), np.uint8)
        self._write_cells(worlds, boards)
        return tuple(map(as_text, boards))

    def _text_writer(self, known: tuple[str, ...]) -> TextWriter:
        """Returns a writer of texts, given observers of the default encoding and the picture."""

        def observer(encoding: str) -> Observer:
            return Observer(self.configuration, encoding, compile_rules=self._compile_rules)

        seen = observer(known[0])
        if self._windows is not None:
            side = self._windows.side
            layers = window_layers(self.configuration, side)
            return TextWriter(self.configuration, seen, layers, (side, side))
        if "planes" not in known:
            return TextWriter(self.configuration, seen)
        layers = board_layers(self.configuration, planes_of(self.configuration))
        picture = None if known[0] == "planes" else (observer("board"), observer("planes"))
        return TextWriter(self.configuration, seen, layers, self.configuration.board.shape, picture)

    @cached_property
    def _write(self) -> Callable[[npt.NDArray[np.void], npt.NDArray[Any]], None]:
        own = {"text": self._write_texts, "vector": self._write_vectors, "rgb": self._write_colours}
        if self.encoding in own:
            return own[self.encoding]
        return self._write_cells

    @cached_property
    def _write_cells(self) -> Callable[[npt.NDArray[np.void], npt.NDArray[np.uint8]], None]:
        if self._windows is None:
            return self._painter
        planes = self.encoding == "planes"
        return self._windows.write_planes if planes else self._windows.write_codes

    def _write_texts(self, worlds: npt.NDArray[np.void], out: npt.NDArray[Any]) -> None:
        for k, text in enumerate(self._texts(worlds)):
            out[k] = text

    def _write_colours(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.uint8]) -> None:
        *before, rows, cols, _ = out.shape
        boards = np.empty((*before, rows // PIXELS, cols // PIXELS), np.uint8)
        self._write_cells(worlds, boards)
        self._colours(boards, out)

    @cached_property
    def _colours(self) -> ColourWriter:
        table = colour_table(self.configuration)
        return ColourWriter(table, self._compile_rules, self.num_threads)

    def _write_vectors(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.float32]) -> None:
        agents = self.configuration.agents
        rows = out.reshape(len(out), agents, -1)
        self._vector_writer(worlds, rows)

    @property
    def _planes(self) -> tuple[str, ...]:
        if self._windows is not None:
            return window_planes(self.configuration)
        return picture_planes(self.configuration) if self._whole else planes_of(self.configuration)

    @cached_property
    def _plane_of(self) -> npt.NDArray[np.uint8]:
        plane_of = np.full(256, NO_PLANE if self._selects else 0, np.uint8)
        for plane, character in enumerate(self._planes):
            plane_of[ord(character)] = plane
        return plane_of

    @cached_property
    def _selects(self) -> bool:
        """Whether `paint` may paint what has no plane. If not, painting is faster."""
        return self._whole or bool(hidden_things(self.configuration))

    @cached_property
    def _backgrounds(self) -> npt.NDArray[np.uint8]:
        """[maps, bytes] what is painted first, flat."""
        maps = self.configuration.backgrounds
        if self.encoding != "planes":
            return maps.reshape(len(maps), -1)
        planes = [maps == ord(character) for character in self._planes]
        return np.array(planes, np.uint8).swapaxes(0, 1).reshape(len(maps), -1)

    @cached_property
    def _painter(self) -> OverWorlds:
        brush = put_shown if self._selects else put_plane
        swap = {put: brush} if self.encoding == "planes" else {}
        return self._writer(paint_all, swap, (self._backgrounds, self._plane_of), paint, map_of)

    @cached_property
    def _vector_writer(self) -> OverWorlds:
        return self._writer(write_vectors, {}, (), observe)

    def _writer(
        self, loop: Rule, swap: Mapping[Rule, Rule], tables: tuple[Any, ...], *placeholders: Rule
    ) -> OverWorlds:
        own = own_rules(self.configuration.environment, *placeholders)
        assert own, "an encoding is offered only if there is a rule for it"
        rest = self.configuration.level, *tables
        return OverWorlds(
            loop,
            Binding({**own, **swap}, (self.configuration.world,)),
            lambda: rest,
            compile_rules=self._compile_rules,
            agents=self.configuration.agents,
            num_threads=self.num_threads,
        )


def _observer(
    configuration: Configuration, encoding: str, compile_rules: bool, whole: bool, num_threads: int
) -> Observer:
    return Observer(
        configuration, encoding, compile_rules=compile_rules, whole=whole, num_threads=num_threads
    )


@dataclass(frozen=True)
class _Form:
    shape: tuple[int, ...]
    dtype: Any
    low: Any
    high: Any


def _form(
    configuration: Configuration,
    encoding: str,
    windows: WindowWriter | None,
    planes: tuple[str, ...],
    several: bool,
) -> _Form:
    """Returns the shape, type and bounds of one world's observation."""
    agents = configuration.agents
    if encoding == "text":
        return _Form((agents,) if several else (), object, None, None)
    if encoding == "vector":
        bounds = np.array(list(configuration.features.values()), np.float32).reshape(-1, 2)
        low, high = bounds.T
        if several:
            low, high = np.tile(low, (agents, 1)), np.tile(high, (agents, 1))
        return _Form(low.shape, np.float32, low, high)
    rows, cols = configuration.board.shape if windows is None else (windows.side, windows.side)
    before = (agents,) if several and windows is not None else ()
    if encoding == "planes":
        return _Form((*before, len(planes), rows, cols), np.uint8, 0, 1)
    if encoding == "rgb":
        return _Form((*before, rows * PIXELS, cols * PIXELS, 3), np.uint8, 0, 255)
    return _Form((*before, rows, cols), np.uint8, 0, 255)


def planes_of(configuration: Configuration) -> tuple[str, ...]:
    """Returns the characters that have a plane: all of the legend except the scenery."""
    scenery = configuration.scenery
    return tuple(character for character in configuration.legend if character not in scenery)


def hidden_things(configuration: Configuration) -> frozenset[str]:
    """Returns the characters that only pictures show: scenery that is not on the level's map."""
    there = set(map(chr, np.unique(configuration.board).tolist()))
    return configuration.scenery.intersection(configuration.legend) - there - set(WALL_AND_FLOOR)


def painted_characters(configuration: Configuration, worlds: npt.NDArray[np.void]) -> set[str]:
    """Returns the characters that `paint` paints in worlds [N], covered ones too."""
    codes: set[int] = set()
    boards = np.empty((len(worlds), *configuration.board.shape), np.uint8)
    rules = {**own_rules(configuration.environment, paint, map_of), put: put_noted}
    loop = bound(paint_all, Binding(rules, (configuration.world,)), compile_rules=False)
    maps = configuration.backgrounds
    loop(worlds, boards, configuration.level, maps.reshape(len(maps), -1), codes)
    return {chr(code) for code in codes}


def picture_planes(configuration: Configuration) -> tuple[str, ...]:
    """Returns the characters that have a plane in pictures: all that `paint` may use."""
    definition = configuration.environment
    if definition.view is None:
        return (*planes_of(configuration), *sorted(hidden_things(configuration)))
    walls_differ = definition.picture is not None and definition.picture.maps is not None
    known = FLOOR if walls_differ else WALL_AND_FLOOR
    return tuple(each for each in configuration.legend if each not in known)


@rule
def paint_all(worlds, cells, level, backgrounds, plane_of):
    """Paints worlds [N] on cells [N, ...]."""
    worlds, level, backgrounds = borrowed((worlds, level, backgrounds))
    plane_of, cells = borrowed((plane_of, cells))
    everything, size = flat(cells), backgrounds.shape[1]
    for i in range(len(worlds)):
        number = map_of(worlds[i], level)
        for j in range(size):
            everything[i * size + j] = backgrounds[number, j]
        paint(worlds[i], level, Canvas(cells[i], plane_of))


@rule
def write_vectors(worlds, rows, level):
    """Writes the features of every agent of worlds [N] into rows [N, agents, features]."""
    worlds, level, rows = borrowed((worlds, level, rows))
    for i in range(len(worlds)):
        for agent in range(rows.shape[1]):
            observe(worlds[i], level, agent, rows[i, agent])
