"""One episode, or a batch of N episodes, as a value.

The class is long because it holds all that can be asked of episodes. Recording, playing again,
files and cursors are modules beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.engine import Engine
from safety_envs.core.episodes import Policy, begin, play, totals_of
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.infos import Info, stated
from safety_envs.core.keywords import whole_number
from safety_envs.trajectories.cursor import Cursor
from safety_envs.trajectories.recorder import NO_ACTION, Recorder
from safety_envs.trajectories.replay import checked_actions, replay

Array = npt.NDArray[Any]
_ALWAYS = ("actions", "rewards", "terminated", "truncated", "table")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trajectory:
    """N episodes of one configuration, each from its own seed, with at most T steps.

    It is immutable: its arrays are read-only. Seeds and actions decide everything else, so every
    step can be played again, and play can go on from any step. `play`, `of_actions` and `load`
    return trajectories.

    An episode that ends before the last step keeps its world; its action is then -1 and its
    reward 0. An episode need not have ended.

    Memory: a step of an episode takes 16 bytes for each agent, 2 for the flags, 8 for each key of
    an info, and, if worlds are kept, the bytes of a world and 8 for its dice. Without worlds
    (`worlds=False`, `without_worlds`) they are played again whenever they are asked for.

    Attributes:
        configuration: the environment with its keywords.
        seeds: [N] the episodes' seeds.
        actions: int64 [T, N], or [T, N, agents] with several agents.
        rewards: float64, of the same shape.
        terminated: bool [T, N] the step ended the episode by a rule.
        truncated: bool [T, N] the step reached the step cap.
        keys: the keys of an info.
        table: float64 [T+1, N, keys] the infos from the reset on; NaN where a metric is undefined.
        kept_worlds: structured [T+1, N]; None if they are not kept.
        kept_dice: structured [T+1, N]; None likewise.
    """

    configuration: Configuration
    seeds: tuple[int, ...]
    actions: npt.NDArray[np.int64]
    rewards: npt.NDArray[np.float64]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]
    keys: tuple[str, ...]
    table: npt.NDArray[np.float64]
    kept_worlds: npt.NDArray[np.void] | None
    kept_dice: npt.NDArray[np.void] | None

    def __post_init__(self) -> None:
        for array in self.arrays().values():
            array.flags.writeable = False

    @classmethod
    def play(
        cls,
        configuration: Configuration,
        policy: Policy,
        seeds: Sequence[int],
        *,
        worlds: bool = True,
    ) -> "Trajectory":
        """Plays one episode for each seed, to its end.

        Args:
            configuration: the environment.
            policy: it chooses the actions.
            seeds: the episodes' seeds.
            worlds: whether worlds are kept; see the class on memory.
        """
        return cls._played(configuration, seeds, [], policy, worlds)

    @classmethod
    def of_actions(
        cls,
        configuration: Configuration,
        seeds: Sequence[int],
        actions: Any,
        *,
        worlds: bool = True,
    ) -> "Trajectory":
        """Plays given actions.

        Args:
            configuration: the environment.
            seeds: [N] the episodes' seeds.
            actions: whole numbers [T, N], or [T, N, agents] with several agents; -1 where an
                episode has ended.
            worlds: whether worlds are kept; see the class on memory.

        Raises:
            SafetyEnvsError: actions of a wrong type, shape or range, for an episode that has
                ended, or missing for one that has not.
        """
        return cls._played(configuration, seeds, actions, None, worlds)

    def continued(self, t: int, policy: Policy) -> "Trajectory":
        """Returns the same episodes up to step t, and from there on as a policy plays them.

        Args:
            t: the number of steps that stay as they are.
            policy: it chooses the actions from there on. A planner must see an episode from its
                start if the environment hides something: use `play` then.

        Raises:
            SafetyEnvsError: there is no such step.
        """
        t = whole_number(t, "t", 0, self.num_steps)
        kept = self.kept_worlds is not None
        return self._played(self.configuration, self.seeds, self.actions[:t], policy, kept)

    @classmethod
    def _played(
        cls,
        configuration: Configuration,
        seeds: Sequence[int],
        actions: Any,
        policy: Policy | None,
        worlds: bool,
    ) -> "Trajectory":
        """Plays actions, and then a policy if there is one."""
        seeds = tuple(map(checked_seed, seeds))
        if not seeds:
            raise SafetyEnvsError("there is no episode to play: give at least one seed")
        engine = begin(configuration, seeds)
        recorder = Recorder(engine, worlds)
        for step in replay(engine, checked_actions(actions, engine)):
            recorder.note(step)
        for step in play(engine, policy) if policy else ():
            recorder.note(step)
        arrays: Any = recorder.arrays()
        return cls(configuration=configuration, seeds=seeds, keys=recorder.keys, **arrays)

    @classmethod
    def load(cls, path: str | Path) -> "Trajectory":
        """Reads a trajectory, plays its actions again, and compares all that comes of them.

        Nothing in the file is executed. If the rules have changed since, and the episodes have
        not, a warning says so.

        Raises:
            SafetyEnvsError: the file is missing, damaged or no trajectory; its environment is
                unknown; or the episodes differ. The message then names the first step that
                differs, and says whether the rules have changed.
        """
        from safety_envs.trajectories.files import load

        return load(path)

    def save(self, path: str | Path) -> None:
        """Writes a file, whole or not at all: arrays as `.npz`, and in it a record as JSON.

        Args:
            path: ends with `.npz`; what is there is replaced.

        Raises:
            SafetyEnvsError: nothing can be written there, or the environment has no id by which it
                could be found again.
        """
        from safety_envs.trajectories.files import save

        save(self, path)

    def __repr__(self) -> str:
        episodes = f"{self.num_episodes} episode{'s' * (self.num_episodes != 1)}"
        return f"Trajectory({self.configuration}, {episodes}, {self.num_steps} steps)"

    def __eq__(self, other: object) -> bool:
        """Whether all that both hold is the same, bit by bit."""
        if not isinstance(other, Trajectory):
            return NotImplemented
        mine, theirs = self.arrays(), other.arrays()
        return (
            (self.configuration, self.seeds) == (other.configuration, other.seeds)
            and mine.keys() == theirs.keys()
            and all(mine[name].tobytes() == theirs[name].tobytes() for name in mine)
        )

    def __hash__(self) -> int:
        return hash((self.configuration, self.seeds, self.actions.tobytes()))

    def __copy__(self) -> "Trajectory":
        return self  # a value that nobody changes

    def __deepcopy__(self, memo: dict[int, Any]) -> "Trajectory":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, ({each.name: getattr(self, each.name) for each in fields(self)},)

    def arrays(self) -> dict[str, Array]:
        """Returns all arrays by their names; "worlds" and "dice" only if they are kept."""
        kept = {"worlds": self.kept_worlds, "dice": self.kept_dice}
        return {name: getattr(self, name) for name in _ALWAYS} | {
            name: array for name, array in kept.items() if array is not None
        }

    @property
    def num_episodes(self) -> int:
        """N."""
        return len(self.seeds)

    @property
    def num_steps(self) -> int:
        """T: the number of steps of the longest episode."""
        return len(self.actions)

    @property
    def nbytes(self) -> int:
        """The bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays().values())

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """[N] the number of steps of each episode."""
        acted = (self.actions != NO_ACTION).reshape(self.num_steps, self.num_episodes, -1)
        return np.asarray(acted.any(axis=2).sum(axis=0), np.int64)

    @property
    def ended(self) -> npt.NDArray[np.bool_]:
        """[N] whether the episode has ended."""
        return np.asarray((self.terminated | self.truncated).any(axis=0))

    @property
    def worlds(self) -> npt.NDArray[np.void]:
        """The worlds, structured [T+1, N]; played again if they are not kept."""
        return self.kept_worlds if self.kept_worlds is not None else self._replayed("worlds")

    @property
    def dice(self) -> npt.NDArray[np.void]:
        """The state of the dice, structured [T+1, N]; played again if it is not kept."""
        return self.kept_dice if self.kept_dice is not None else self._replayed("dice")

    def _replayed(self, name: str) -> Array:
        return self.of_actions(self.configuration, self.seeds, self.actions).arrays()[name]

    @property
    def channels(self) -> Mapping[str, npt.NDArray[np.float64]]:
        """Key of an info -> float64 [T+1, N], from the reset on; NaN where undefined.

        "cost" is that of the step; "performance" and all other metrics are the episode's so far.
        """
        return MappingProxyType({key: self.table[:, :, k] for k, key in enumerate(self.keys)})

    @property
    def totals(self) -> dict[str, npt.NDArray[np.float64]]:
        """What came of the episodes, as `rollout` returns it."""
        return totals_of(self.keys, self.table[-1], self.lengths)

    def infos(self) -> list[Info]:
        """Returns the info of each episode's last step."""
        last = stated(self.table[self.lengths, np.arange(self.num_episodes)])
        return [dict(zip(self.keys, row, strict=True)) for row in last]

    def episode(self, number: int) -> "Trajectory":
        """Returns one of the episodes.

        Raises:
            SafetyEnvsError: there is no such episode.
        """
        number = whole_number(number, "episode", 0, self.num_episodes - 1)
        length, chosen = int(self.lengths[number]), slice(number, number + 1)

        def cut(name: str) -> Any:
            array = getattr(self, name)
            steps = length + (len(array) if array is not None else 0) - self.num_steps
            return None if array is None else array[:steps, chosen].copy()

        names = (*_ALWAYS, "kept_worlds", "kept_dice")
        return replace(self, seeds=self.seeds[chosen], **{name: cut(name) for name in names})

    def without_worlds(self) -> "Trajectory":
        """Returns the trajectory without its worlds and dice; see the class on memory."""
        return replace(self, kept_worlds=None, kept_dice=None)

    def at(self, t: int) -> Cursor:
        """Returns a cursor at step t: what is to be seen there.

        Raises:
            SafetyEnvsError: there is no such step.
        """
        return Cursor(self, t)

    def __iter__(self) -> Iterator[Cursor]:
        """Yields a cursor that goes from the reset to the last step."""
        cursor = self.at(0)
        yield cursor
        for t in range(1, self.num_steps + 1):
            yield cursor.move_to(t)

    def engine_at(self, t: int) -> Engine:
        """Returns an engine at step t, ready to play on with the same chance.

        Raises:
            SafetyEnvsError: there is no such step.
        """
        return self.at(t).branch()


def _rebuilt(values: Mapping[str, Any]) -> Trajectory:
    return Trajectory(**values)
