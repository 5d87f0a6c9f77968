"""Observations: what an agent sees of a world, in one of several encodings.

Encodings are a function of the world alone:

- "planes": one plane of 0/1 for each character of the legend, uint8 [planes, rows, cols]; a thing
  shows in its plane even where something else covers it. Scenery, which never changes, has none.
- "board": the character codes, uint8 [rows, cols]; of several things on a cell the last painted.
- "rgb": the board as squares of colour, uint8 [8*rows, 8*cols, 3].
- "text": the board as lines of text.
- "vector": named features, float32 [features]; for environments without a grid.

With several agents an axis for the agent comes first. Where they have views of a grid, each
encoding but "text" shows the agent's window instead of the board; other agents share one plane.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Canvas, put, put_plane
from safety_envs.core.compile import Binding, compiled, plain, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.palette import COLOURS
from safety_envs.core.records import PlainArray
from safety_envs.core.views import WindowWriter, window_planes

GRID_ENCODINGS = ("planes", "board", "rgb", "text")
VIEW_ENCODINGS = ("planes", "board", "rgb")
FLOOR, WALL_AND_FLOOR = " ", "# "
PIXELS = 8
"""Side of one cell in the "rgb" encoding, in pixels."""


def encodings(configuration: Configuration) -> tuple[str, ...]:
    """Returns the encodings that an environment offers, its default first."""
    if configuration.environment.view is not None:
        return VIEW_ENCODINGS
    if configuration.is_grid:
        return GRID_ENCODINGS
    # A picture is one for all agents, so of several none sees it: each has its own features.
    alone = not configuration.environment.is_multi_agent
    picture = GRID_ENCODINGS if configuration.legend and alone else ()
    return ("vector", *picture)


class Observer:
    """Encodes batches of worlds.

    Args:
        configuration: the environment.
        encoding: one of `encodings(configuration)`; the first of them if None.
        compile_rules: False runs the rules as plain Python.
        whole: the whole board, with all that pictures show, even where agents have views.

    Attributes:
        encoding: its name.
        shape: the shape of one world's observation (for "text", of its board).
        dtype: its NumPy type (for "text", of its board's codes).
        low, high: its bounds, numbers or arrays.

    Raises:
        SafetyEnvsError: an encoding that the environment does not offer.
    """

    def __init__(
        self,
        configuration: Configuration,
        encoding: str | None = None,
        *,
        compile_rules: bool = True,
        whole: bool = False,
    ) -> None:
        known = GRID_ENCODINGS if whole else encodings(configuration)
        self.configuration = configuration
        self.encoding = known[0] if encoding is None else encoding
        if self.encoding not in known:
            raise SafetyEnvsError(
                f"{configuration.id} has no observation {encoding!r}. "
                f"{did_you_mean(str(encoding), known)}"
            )
        self._whole = whole
        has_windows = configuration.environment.view is not None and not whole
        self._windows = WindowWriter(configuration, compile_rules) if has_windows else None
        form = _form(configuration, self.encoding, self._windows, self._planes)
        self.shape, self.dtype, self.low, self.high = form.shape, form.dtype, form.low, form.high
        self._compile_rules = compile_rules

    def __deepcopy__(self, memo: dict[int, Any]) -> "Observer":
        return self  # it remembers nothing

    def __reduce__(self) -> tuple[Any, ...]:
        return _observer, (self.configuration, self.encoding, self._compile_rules, self._whole)

    def empty(self, num_worlds: int) -> npt.NDArray[Any]:
        """Returns an uninitialised buffer for the observations of a batch."""
        return np.empty((num_worlds, *self.shape), self.dtype)

    def write(self, worlds: npt.NDArray[np.void], out: npt.NDArray[Any]) -> None:
        """Encodes worlds [N] into a buffer [N, *shape]."""
        if self.encoding == "vector":
            self._write_vectors(worlds, out)
        elif self.encoding == "rgb":
            *before, rows, cols, _ = out.shape
            boards = np.empty((*before, rows // PIXELS, cols // PIXELS), np.uint8)
            self._write_cells(worlds, boards)
            colours = colour_table(self.configuration)[boards]
            out[:] = colours.repeat(PIXELS, axis=-3).repeat(PIXELS, axis=-2)
        else:
            self._write_cells(worlds, out)

    def __call__(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the observations of worlds [N]: an array, or for "text" a tuple of strings."""
        out = self.empty(len(worlds))
        self.write(worlds, out)
        return tuple(map(as_text, out)) if self.encoding == "text" else out

    def _write_cells(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.uint8]) -> None:
        if self._windows is None:
            self._paint_all(worlds, out)
        elif self.encoding == "planes":
            self._windows.write_planes(worlds, out)
        else:
            self._windows.write_codes(worlds, out)

    def _paint_all(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.uint8]) -> None:
        flat = out.reshape(len(out), -1)
        self._painter(
            self._batch(worlds), self.configuration.level, self._background, flat, out,
            self._plane_of,
        )  # fmt: skip

    def _write_vectors(self, worlds: npt.NDArray[np.void], out: npt.NDArray[np.float32]) -> None:
        agents = self.configuration.agents
        rows = out.reshape(len(out), agents, -1)
        self._vector_writer(self._batch(worlds), self.configuration.level, rows)

    def _batch(self, worlds: npt.NDArray[np.void]) -> Any:
        return worlds if self._compile_rules else PlainArray(worlds)

    @property
    def _planes(self) -> tuple[str, ...]:
        if self._windows is not None:
            return window_planes(self.configuration)
        return picture_planes(self.configuration) if self._whole else planes_of(self.configuration)

    @cached_property
    def _plane_of(self) -> npt.NDArray[np.uint8]:
        plane_of = np.zeros(256, np.uint8)
        for plane, character in enumerate(self._planes):
            plane_of[ord(character)] = plane
        return plane_of

    @cached_property
    def _background(self) -> npt.NDArray[np.uint8]:
        """What every world's picture starts from, flat."""
        board = self.configuration.board
        if self.encoding != "planes":
            return board.ravel()
        planes = [board == ord(character) for character in self._planes]
        return np.array(planes, np.uint8).ravel()

    @cached_property
    def _painter(self) -> Any:
        paint = self.configuration.environment.paint
        assert paint is not None, "only environments with a picture have grid encodings"
        bind = compiled if self._compile_rules else plain
        swap = {put: put_plane} if self.encoding == "planes" else {}
        return bind(paint_all, Binding({_paint: paint, **swap}, (self.configuration.world,)))

    @cached_property
    def _vector_writer(self) -> Any:
        observe = self.configuration.environment.observe
        assert observe is not None, "only environments with features are observed as vectors"
        bind = compiled if self._compile_rules else plain
        return bind(write_vectors, Binding({_observe: observe}, (self.configuration.world,)))


def _observer(
    configuration: Configuration, encoding: str, compile_rules: bool, whole: bool
) -> Observer:
    return Observer(configuration, encoding, compile_rules=compile_rules, whole=whole)


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
) -> _Form:
    """Returns the shape, type and bounds of one world's observation."""
    agents = configuration.agents
    if encoding == "vector":
        bounds = np.array(list(configuration.features.values()), np.float32).reshape(-1, 2)
        low, high = bounds.T
        if configuration.environment.is_multi_agent:
            low, high = np.tile(low, (agents, 1)), np.tile(high, (agents, 1))
        return _Form(low.shape, np.float32, low, high)
    rows, cols = configuration.board.shape if windows is None else (windows.side, windows.side)
    before = () if windows is None else (agents,)
    if encoding == "planes":
        return _Form((*before, len(planes), rows, cols), np.uint8, 0, 1)
    if encoding == "rgb":
        return _Form((*before, rows * PIXELS, cols * PIXELS, 3), np.uint8, 0, 255)
    return _Form((*before, rows, cols), np.uint8, 0, 255)


def planes_of(configuration: Configuration) -> tuple[str, ...]:
    """Returns the characters that have a plane: all of the legend but the scenery."""
    scenery = configuration.environment.scenery
    return tuple(character for character in configuration.legend if character not in scenery)


def picture_planes(configuration: Configuration) -> tuple[str, ...]:
    """Returns the characters that a picture has a plane for: all that `paint` may put anywhere."""
    if configuration.environment.view is None:
        return planes_of(configuration)
    return (FLOOR, *(each for each in configuration.legend if each not in WALL_AND_FLOOR))


def as_text(board: npt.NDArray[np.uint8]) -> str:
    """Returns a board's codes as lines of text."""
    return "\n".join(row.tobytes().decode("latin-1") for row in board)


def colour_table(configuration: Configuration) -> npt.NDArray[np.uint8]:
    """Returns the plain colour of each character code, uint8 [256, 3]."""
    table = np.full((256, 3), COLOURS["floor"], np.uint8)
    for character, look in configuration.legend.items():
        table[ord(character)] = COLOURS[look.colour]
    return table


def paint_all(worlds, level, background, flat, cells, plane_of):
    """Paints worlds [N] on cells [N, ...]; `flat` [N, bytes] is the same memory."""
    for i in range(len(worlds)):
        for j in range(len(background)):
            flat[i, j] = background[j]
        _paint(worlds[i], level, Canvas(cells[i], plane_of))


def write_vectors(worlds, level, rows):
    """Writes the features of every agent of worlds [N] into rows [N, agents, features]."""
    for i in range(len(worlds)):
        for agent in range(rows.shape[1]):
            _observe(worlds[i], level, agent, rows[i, agent])


@rule
def _paint(world, level, canvas):
    """Stands for the environment's `paint`."""


@rule
def _observe(world, level, agent, features):
    """Stands for the environment's `observe`."""
