"""Texts: observations in words, for people and language models.

A board is written as its lines, followed by one line for each cell on which one thing lies under
another. Each feature has one line. Rows and columns are counted from 0 at the top left.

    #######
    #  A  #
    #  C  #
    #######
    under A at row 1, column 3: dirt
    battery: 0.25

An agent's window is a board too, with "@" for the agent itself and "&" for any other agent, or the
next free characters of `MARKS` if the legend uses these.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import FLOOR
from safety_envs.core.definition import Configuration
from safety_envs.core.views import OTHERS, window_planes

PRINTABLE = "".join(map(chr, range(32, 127)))
MARKS = "@&_%$=+:;?" + PRINTABLE[1:]
"""Characters for things without one in the legend; the first free ones are used."""
NOTHING = "nothing in sight: an empty view, or out for now"
LONGEST_NUMBER = 64
"""An upper bound of the length of a float32 written without an exponent."""

Encoder = Callable[[npt.NDArray[np.void]], npt.NDArray[Any]]


@dataclass(frozen=True)
class Layer:
    """A kind of thing that lies on cells.

    Attributes:
        character: the character that represents it.
        name: its name.
        where: the number of its plane, or bool [rows, cols] if its cells never change.
    """

    character: str
    name: str
    where: int | npt.NDArray[np.bool_]


def board_layers(configuration: Configuration, planes: Sequence[str]) -> list[Layer]:
    """Returns the layers of the whole board, from bottom to top.

    Args:
        configuration: an environment with a picture.
        planes: the characters that have planes; others in the legend are where the map has them.
    """
    legend, layers = configuration.legend, []
    for character, look in legend.items():
        if character in planes:
            shown = _free(legend, 1)[0] if ord(character) == FLOOR else character
            layers.append(Layer(shown, look.name, planes.index(character)))
        elif ord(character) != FLOOR:
            layers.append(Layer(character, look.name, configuration.board == ord(character)))
    return layers


def window_layers(configuration: Configuration, side: int) -> list[Layer]:
    """Returns the layers of an agent's window of side x side cells, from bottom to top."""
    planes = window_planes(configuration)
    things = [each for each in planes if each != OTHERS]
    layers = [Layer(each, configuration.legend[each].name, k) for k, each in enumerate(things)]
    if OTHERS not in planes:  # the agent alone is a thing in the middle
        return layers
    itself, other = _free(configuration.legend, 2)
    middle = np.zeros((side, side), np.bool_)
    middle[side // 2, side // 2] = True
    return [
        *layers,
        Layer(other, "another agent", len(things)),
        Layer(itself, "you", middle),
    ]


def _free(taken: Iterable[str], number: int) -> list[str]:
    return [mark for mark in MARKS if mark not in taken][:number]


class BoardTexts:
    """Writes boards on which several things may lie on one cell.

    Args:
        layers: the layers, from bottom to top.
        shape: the numbers of rows and columns.
    """

    def __init__(self, layers: Sequence[Layer], shape: tuple[int, ...]) -> None:
        often = Counter(layer.name for layer in layers)
        self._layers = layers
        self._codes = np.array([ord(layer.character) for layer in layers], np.uint8)
        self._labels = [
            layer.name if often[layer.name] == 1 else f"{layer.name} {layer.character!r}"
            for layer in layers
        ]
        self.shape = shape

    @property
    def longest(self) -> int:
        """The maximum length of a text."""
        rows, cols = self.shape
        line = _under("?", rows, cols, self._labels)
        return rows * (cols + 1) + rows * cols * (len(line) + 1)

    @property
    def characters(self) -> frozenset[str]:
        """The characters that occur in texts."""
        return frozenset(" \n").union(
            *(layer.character for layer in self._layers), *self._labels, _under("?", 0, 0, [])
        )

    def __call__(
        self, planes: npt.NDArray[np.uint8], tops: npt.NDArray[np.uint8] | None = None
    ) -> list[str]:
        """Returns the text of each of M boards.

        Args:
            planes: 0/1 [M, planes, rows, cols].
            tops: the visible codes, uint8 [M, rows, cols]; those of the topmost things if None.
        """
        there = np.empty((len(planes), len(self._layers), *self.shape), np.bool_)
        for k, layer in enumerate(self._layers):
            there[:, k] = planes[:, layer.where] if isinstance(layer.where, int) else layer.where
        if tops is None:
            tops = self._topmost(there)
        texts = [as_text(board) for board in tops]
        covered = there & (self._codes[:, None, None] != tops[:, None])
        for board, row, col in np.argwhere(covered.any(axis=1)).tolist():
            under = np.flatnonzero(covered[board, :, row, col])[::-1].tolist()
            top = chr(tops[board, row, col])
            texts[board] += "\n" + _under(top, row, col, [self._labels[k] for k in under])
        return texts

    def _topmost(self, there: npt.NDArray[np.bool_]) -> npt.NDArray[np.uint8]:
        tops = np.full((len(there), *self.shape), FLOOR, np.uint8)
        for k, code in enumerate(self._codes):
            tops[there[:, k]] = code
        return tops


def _under(top: str, row: int, col: int, labels: Iterable[str]) -> str:
    return f"under {top} at row {row}, column {col}: {', '.join(labels)}"


def as_text(board: npt.NDArray[np.uint8]) -> str:
    """Returns a board's codes as lines of text."""
    return "\n".join(row.tobytes().decode("latin-1") for row in board)


def feature_lines(names: Iterable[str], values: npt.NDArray[np.float32]) -> str:
    """Returns a line for each feature; different numbers have different texts."""
    return "\n".join(f"{name}: {_number(value)}" for name, value in zip(names, values, strict=True))


def _number(value: np.float32) -> str:
    """Returns the shortest decimal that identifies a float32; 0 has no sign."""
    return np.format_float_positional(value + np.float32(0), trim="-")


class TextWriter:
    """Writes the default observations of one configuration as texts with the same information.

    Args:
        configuration: the environment.
        seen: encodes worlds [N] as the default observation.
        layers: the layers of the observation's planes or, with features, of the picture's planes;
            empty if there is no picture.
        shape: the numbers of rows and columns of these planes.
        picture: encodes worlds [N] as the picture's board, and as its planes.
    """

    def __init__(
        self,
        configuration: Configuration,
        seen: Encoder,
        layers: Sequence[Layer] = (),
        shape: tuple[int, ...] = (0, 0),
        picture: tuple[Encoder, Encoder] | None = None,
    ) -> None:
        self._configuration = configuration
        self._several = configuration.environment.is_multi_agent
        self._seen = seen
        self._picture = picture
        self._boards = BoardTexts(layers, shape)
        self._can_be_out = configuration.environment.present is not None

    @property
    def longest(self) -> int:
        """The maximum length of a text."""
        names = self._configuration.features
        lines = sum(len(name) + len(": \n") + LONGEST_NUMBER for name in names)
        return self._boards.longest + len(NOTHING) + lines + 1

    @property
    def characters(self) -> frozenset[str]:
        """The characters that occur in texts: printable ASCII and the characters of names."""
        return self._boards.characters.union(PRINTABLE, *self._configuration.features)

    def __call__(self, worlds: npt.NDArray[np.void]) -> tuple[str, ...] | tuple[Any, ...]:
        """Returns a text for each of worlds [N]; with several agents, a tuple of one per agent."""
        seen = self._seen(worlds)
        agents = self._configuration.agents if self._several else 1
        rows = seen.reshape(len(worlds) * agents, *seen.shape[1 + self._several :])
        texts = self._of_planes(rows) if self._configuration.is_grid else self._of_features(rows)
        if self._picture is not None:
            boards = self._of_picture(worlds)
            texts = [f"{board}\n{lines}" for board, lines in zip(boards, texts, strict=True)]
        if not self._several:
            return tuple(texts)
        return tuple(tuple(texts[k : k + agents]) for k in range(0, len(texts), agents))

    def _of_planes(self, planes: npt.NDArray[np.uint8]) -> list[str]:
        texts = self._boards(planes)
        if self._can_be_out:
            for k in np.flatnonzero(~planes.any(axis=(1, 2, 3))).tolist():
                texts[k] += "\n" + NOTHING
        return texts

    def _of_features(self, rows: npt.NDArray[np.float32]) -> list[str]:
        return [feature_lines(self._configuration.features, row) for row in rows]

    def _of_picture(self, worlds: npt.NDArray[np.void]) -> list[str]:
        """Returns the picture of the visible fields; hidden fields are set to 0."""
        assert self._picture is not None
        visible = worlds.copy()
        for name in self._configuration.environment.hidden:
            visible[name] = np.zeros((), worlds.dtype[name])
        board, planes = self._picture
        return self._boards(planes(visible), board(visible))
