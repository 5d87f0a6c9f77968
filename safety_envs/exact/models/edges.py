"""Edges: lists, state by state, what can follow each action, and numbers the states reached."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import rule
from safety_envs.core.fields import keys
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.growing import Growing
from safety_envs.exact.models.index import WorldIndex, intern_rows
from safety_envs.exact.tiers import compiled

ROWS = 1024
"""Outcomes that are listed before their worlds are numbered: as many as a core's cache holds."""


Canonical = Callable[[npt.NDArray[np.uint8]], None]


class Rows(NamedTuple):
    """Outcomes on their way from the rules into the lists, K of them."""

    worlds: npt.NDArray[np.uint8]  # [K + 1, bytes] the memory of the worlds that rules write
    numbers: npt.NDArray[np.float64]  # [K + 1, columns] the memory of the outcomes
    source: npt.NDArray[np.int64]  # [K + 1] number of the world before, counted from the first
    action: npt.NDArray[np.int64]  # [K + 1]
    chance: npt.NDArray[np.float64]  # [K + 1]
    padded: npt.NDArray[np.uint8]  # [K, 8 W] the memory of `words`
    words: npt.NDArray[np.uint64]  # [K, W] the worlds, as the index keeps them
    hashes: npt.NDArray[np.uint64]  # [K]
    state: npt.NDArray[np.int64]  # [K] the number of the world, -1 if the episode ends


class Places(NamedTuple):
    """The columns of an outcome that matter here."""

    reward: int  # the first agent's; the others follow
    performance: int
    terminated: int
    finite: npt.NDArray[np.int64]  # those that must be finite


class Lists(NamedTuple):
    """The arrays of a model, as far as they are filled; see `Model`."""

    first: npt.NDArray[np.int64]
    successor: npt.NDArray[np.int32]
    probability: npt.NDArray[np.float64]
    rewards: npt.NDArray[np.float64]  # [S, A, agents]
    performance: npt.NDArray[np.float64]  # [S, A]


class EdgeList:
    """The edges and payments of states 0, 1, 2, ...

    Args:
        expander: lists outcomes.
        states: the index of worlds, to which successors are added.
        canonical: replaces worlds, bytes [K, B], in place by those that stand for them.
    """

    def __init__(
        self, expander: Expander, states: WorldIndex, canonical: Canonical | None = None
    ) -> None:
        self._canonical = canonical
        configuration = expander.configuration
        layout, num_actions = configuration.layout, len(expander.actions)
        self._expander, self._states, self._num_actions = expander, states, num_actions
        self._enter = compiled(enter_rows)
        self._lists = [
            Growing(np.int64),
            Growing(np.int32),
            Growing(np.float64),
            Growing(np.float64, (num_actions, configuration.agents)),
            Growing(np.float64, (num_actions,)),
        ]
        channels = layout.slices["channels"].start
        summed = layout.channels_of("total", "mean").stop
        columns = np.arange(layout.dtype.itemsize // 8)
        self._places = Places(
            layout.slices["rewards"].start,
            channels + layout.channels.index("performance"),
            layout.slices["terminated"].start,
            np.concatenate([
                columns[layout.slices["rewards"]],
                columns[channels : channels + summed],
                columns[layout.slices["per_agent"]],
            ]),
        )  # fmt: skip
        self.states_done = self.num_edges = 0
        self._reserve(max(ROWS, 2 * num_actions))

    def _reserve(self, number: int) -> None:
        """Makes room for a number of outcomes on their way."""
        configuration = self._expander.configuration
        self._worlds = np.zeros(number + 1, configuration.world)
        self._outcomes = np.zeros(number + 1, configuration.layout.dtype)
        words = np.zeros((number, self._states.table.words.shape[1]), np.uint64)
        self._rows = Rows(
            keys(self._worlds),
            self._outcomes.view(np.float64).reshape(number + 1, -1),
            np.zeros(number + 1, np.int64), np.zeros(number + 1, np.int64), np.zeros(number + 1),
            words.view(np.uint8), words, np.zeros(number, np.uint64), np.zeros(number, np.int64),
        )  # fmt: skip

    def expand(self, end: int) -> None:
        """Lists the edges of all states up to `end` that are not done yet.

        Raises:
            SafetyEnvsError: a step draws real numbers, throws the dice too often, or writes numbers
                that are not finite.
        """
        while self.states_done < end:
            self._make_room(end)
            taken, number = self._expand(end)
            if taken == 0:  # the outcomes of one state do not fit into the rows
                self._reserve(2 * len(self._rows.words))
                continue
            count = self._enter(
                self._rows, number, taken, self._places, self._states.table, len(self._states),
                Lists(*(each.array for each in self._lists)), self.states_done, self.num_edges,
            )  # fmt: skip
            if count < 0:  # a number is not finite
                self._expander.outcomes(self._states.some(self.states_done, end))  # raises
            self._states.grown_to(count)
            self.states_done += taken
            self.num_edges += number

    def _expand(self, end: int) -> tuple[int, int]:
        """Writes the outcomes of the next states into the rows.

        Returns the number of states whose outcomes fitted, and of these outcomes.
        """
        before = self._states.table.words[self.states_done : end].view(np.uint8)
        taken, number = self._expander.write(
            before, self._worlds, self._rows.worlds, self._outcomes, self._rows.source,
            self._rows.action, self._rows.chance, self._expander.actions,
        )  # fmt: skip
        if self._canonical is not None:
            self._canonical(self._rows.worlds[:number])
        return taken, number

    def leave_out(self, end: int) -> None:
        """Gives all states up to `end` that are not done yet no edges and no payments."""
        self._make_room(end)
        begin = self.states_done * self._num_actions
        self._lists[0].array[begin + 1 : end * self._num_actions + 1] = self.num_edges
        self.states_done = end

    def finished(self) -> Lists:
        """Returns the lists, trimmed."""
        pairs, states = self.states_done * self._num_actions, self.states_done
        lengths = pairs + 1, self.num_edges, self.num_edges, states, states
        return Lists(*(each.finished(n) for each, n in zip(self._lists, lengths, strict=True)))

    def _make_room(self, end: int) -> None:
        more = len(self._rows.words)
        self._states.make_room(more)
        edges = self.num_edges + more
        lengths = end * self._num_actions + 1, edges, edges, end, end
        for each, length in zip(self._lists, lengths, strict=True):
            each.make_room(length)


def enter_rows(
    rows: Any, number: int, taken: int, places: Any, table: Any, count: int, lists: Any,
    state: int, edges: int,
) -> Any:  # fmt: skip
    """Enters outcomes [number] of the states state .. state+taken-1 into the table and the lists.

    Returns the number of worlds in the table, -1 if a number is not finite, and clears the rows.
    """
    for row in range(number):
        total = 0.0
        for column in places.finite:
            total += rows.numbers[row, column]
        if not np.isfinite(total):
            return -1
        rows.state[row] = -1 if rows.numbers[row, places.terminated] != 0.0 else 0
        for k in range(rows.worlds.shape[1]):
            rows.padded[row, k] = rows.worlds[row, k]
    count = intern_rows(rows.words, rows.hashes, number, table, count, rows.state)
    enter(rows, number, taken, places, lists, state, edges)
    rows.numbers[:] = 0.0
    return count


@rule
def enter(
    rows: Any, number: int, taken: int, places: Any, lists: Any, state: int, edges: int
) -> None:
    """Enters outcomes [number] of the states state .. state+taken-1 into the lists."""
    num_actions, agents = lists.rewards.shape[1:]
    row = 0
    for i in range(taken):
        for action in range(num_actions):
            while row < number and rows.source[row] == i and rows.action[row] == action:
                chance = rows.chance[row]
                lists.successor[edges + row] = rows.state[row]
                lists.probability[edges + row] = chance
                for agent in range(agents):
                    reward = rows.numbers[row, places.reward + agent]
                    lists.rewards[state + i, action, agent] += reward * chance
                lists.performance[state + i, action] += (
                    rows.numbers[row, places.performance] * chance
                )
                row += 1
            lists.first[(state + i) * num_actions + action + 1] = edges + row
