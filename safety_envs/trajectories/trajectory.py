"""One episode, or a batch of N episodes, as a value.

The class is long because it is the complete interface to recorded episodes. Recording, replaying,
files and cursors are separate modules.
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
from safety_envs.core.infos import stated
from safety_envs.core.keywords import whole_number
from safety_envs.core.notebooks import table
from safety_envs.core.world_infos import Info
from safety_envs.envs import Asked, configuration_of
from safety_envs.trajectories.cursor import Cursor
from safety_envs.trajectories.pace import pays
from safety_envs.trajectories.recorder import NO_ACTION, Recorder
from safety_envs.trajectories.replay import checked_actions, replay

Array = npt.NDArray[Any]
MOST_SHOWN = 20
"""The largest number of episodes that a notebook shows."""

_ALWAYS = ("actions", "rewards", "terminated", "truncated", "table")


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Trajectory:
    """N episodes of one configuration, each from its own seed, with at most T steps.

    A trajectory is immutable: its arrays are read-only. Seeds and actions determine everything
    else, so every step can be replayed, and play can continue from any step. `play`, `of_actions`
    and `load` return trajectories.

    After an episode ends, its world does not change, its actions are -1 and its rewards are 0. An
    episode may also be incomplete.

    Memory: a step of an episode takes 16 bytes per agent, 2 bytes for the flags, 8 bytes per key of
    an info and, if worlds are kept, the bytes of a world and 8 bytes for its dice. If worlds are
    not kept (`worlds=False`, `without_worlds`), they are replayed when they are accessed.

    Attributes:
        configuration: the environment with its keywords.
        seeds: [N] the seeds of the episodes.
        actions: int64 [T, N], or [T, N, agents] with several agents.
        rewards: float64, of the same shape.
        terminated: bool [T, N] whether a rule ended the episode at this step.
        truncated: bool [T, N] whether the step limit ended the episode at this step.
        keys: the keys of an info.
        table: float64 [T+1, N, keys] the infos from the reset on; NaN if a metric is undefined.
        kept_worlds: structured [T+1, N]; None if they are not kept.
        kept_dice: structured [T+1, N]; None if they are not kept.
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
        configuration: Asked,
        policy: Policy,
        seeds: Sequence[int],
        *,
        worlds: bool = True,
        compile_rules: bool | None = True,
    ) -> "Trajectory":
        """Plays one episode for each seed, to its end.

        Args:
            configuration: an id, a definition or a configuration.
            policy: the policy that chooses the actions.
            seeds: the seeds of the episodes.
            worlds: whether to keep worlds; see "Memory" at the class.
            compile_rules: False runs the rules as plain Python, None if that is faster for so few
                steps.
        """
        return cls._played(configuration, seeds, [], policy, worlds, compile_rules)

    @classmethod
    def of_actions(
        cls,
        configuration: Asked,
        seeds: Sequence[int],
        actions: Any,
        *,
        worlds: bool = True,
        compile_rules: bool | None = True,
    ) -> "Trajectory":
        """Plays given actions.

        Args:
            configuration: an id, a definition or a configuration.
            seeds: [N] the seeds of the episodes.
            actions: whole numbers [T, N], or [T, N, agents] with several agents; -1 after an
                episode has ended.
            worlds: whether to keep worlds; see "Memory" at the class.
            compile_rules: False runs the rules as plain Python, None if that is faster for so few
                steps.

        Raises:
            SafetyEnvsError: actions of the wrong type, shape or range; an action for an episode
                that has ended; or a missing action for a running episode.
        """
        return cls._played(configuration, seeds, actions, None, worlds, compile_rules)

    def continued(self, t: int, policy: Policy) -> "Trajectory":
        """Returns episodes that are equal up to step t and are continued by a policy.

        Args:
            t: the number of steps that are kept.
            policy: the policy that chooses the actions from step t on. If the environment has
                hidden fields, a planner must see an episode from its start; use `play` instead.

        Raises:
            SafetyEnvsError: the step does not exist.
        """
        t = whole_number(t, "t", 0, self.num_steps)
        kept = self.kept_worlds is not None
        return self._played(self.configuration, self.seeds, self.actions[:t], policy, kept)

    @classmethod
    def _played(
        cls,
        configuration: Asked,
        seeds: Sequence[int],
        actions: Any,
        policy: Policy | None,
        worlds: bool,
        compile_rules: bool | None = True,
    ) -> "Trajectory":
        """Plays actions, and then a policy if there is one."""
        configuration = configuration_of(configuration)
        seeds = tuple(map(checked_seed, seeds))
        if not seeds:
            raise SafetyEnvsError("no episode to play: give at least one seed")
        if compile_rules is None:
            steps = configuration.max_steps if policy else len(actions)
            compile_rules = pays(configuration, len(seeds), steps)
        engine = begin(configuration, seeds, compile_rules=compile_rules)
        recorder = Recorder(engine, worlds)
        for step in replay(engine, checked_actions(actions, engine)):
            recorder.add(step)
        for step in play(engine, policy) if policy else ():
            recorder.add(step)
        arrays: Any = recorder.arrays()
        return cls(configuration=configuration, seeds=seeds, keys=recorder.keys, **arrays)

    @classmethod
    def load(cls, path: str | Path, *, compile_rules: bool | None = True) -> "Trajectory":
        """Reads a trajectory, replays its actions, and compares all results.

        Nothing in the file is executed. If the rules have changed but the episodes have not, a
        warning says so.

        Args:
            path: a `.npz` file that `save` wrote.
            compile_rules: False runs the rules as plain Python, None if that is faster for so few
                steps.

        Raises:
            SafetyEnvsError: the file is missing, damaged or not a trajectory; its environment is
                unknown; or the episodes differ. The message then names the first step that
                differs, and says whether the rules have changed.
        """
        from safety_envs.trajectories.files import load

        return load(path, compile_rules)

    def save(self, path: str | Path) -> None:
        """Writes the trajectory to a `.npz` file, completely or not at all.

        Args:
            path: the file, which ends with `.npz`; an existing file is replaced.

        Raises:
            SafetyEnvsError: the file cannot be written, or the environment is not registered, so
                the file could not be loaded.
        """
        from safety_envs.trajectories.files import save

        save(self, path)

    def __repr__(self) -> str:
        episodes = f"{self.num_episodes} episode{'s' * (self.num_episodes != 1)}"
        return f"Trajectory({self.configuration}, {episodes}, {self.num_steps} steps)"

    def _repr_html_(self) -> str:
        totals = self.totals
        rows = [
            [str(seed), str(steps), *(f"{values[k]:g}" for values in totals.values())]
            for k, (seed, steps) in enumerate(zip(self.seeds, self.lengths, strict=True))
        ]
        names = [name.replace("_", " ") for name in totals]
        return table(str(self.configuration), ["seed", "steps", *names], rows[:MOST_SHOWN])

    def __eq__(self, other: object) -> bool:
        """Whether the contents are equal, bit by bit."""
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
        return self  # immutable

    def __deepcopy__(self, memo: dict[int, Any]) -> "Trajectory":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, ({field.name: getattr(self, field.name) for field in fields(self)},)

    def arrays(self) -> dict[str, Array]:
        """Returns all arrays by name; "worlds" and "dice" only if they are kept."""
        kept = {"worlds": self.kept_worlds, "dice": self.kept_dice}
        return {name: getattr(self, name) for name in _ALWAYS} | {
            name: array for name, array in kept.items() if array is not None
        }

    @property
    def num_episodes(self) -> int:
        """N, the number of episodes."""
        return len(self.seeds)

    @property
    def num_steps(self) -> int:
        """T: the number of steps of the longest episode."""
        return len(self.actions)

    @property
    def nbytes(self) -> int:
        """The size of all arrays in bytes."""
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
        """The worlds, structured [T+1, N]; replayed if they are not kept."""
        return self.kept_worlds if self.kept_worlds is not None else self._replayed("worlds")

    @property
    def dice(self) -> npt.NDArray[np.void]:
        """The state of the dice, structured [T+1, N]; replayed if it is not kept."""
        return self.kept_dice if self.kept_dice is not None else self._replayed("dice")

    def _replayed(self, name: str) -> Array:
        return self.of_actions(self.configuration, self.seeds, self.actions).arrays()[name]

    @property
    def channels(self) -> Mapping[str, npt.NDArray[np.float64]]:
        """Key of an info -> float64 [T+1, N], from the reset on; NaN where undefined.

        "cost" is the cost of the step; all other metrics are totals of the episode so far.
        """
        return MappingProxyType({key: self.table[:, :, k] for k, key in enumerate(self.keys)})

    @property
    def totals(self) -> dict[str, npt.NDArray[np.float64]]:
        """The totals of the episodes, as `rollout` returns them."""
        costs = self.channels["cost"][1:].sum(axis=0)
        layout = self.configuration.layout
        return totals_of(layout, self.keys, self.table[-1], self.lengths, costs)

    def infos(self) -> list[Info]:
        """Returns the info of each episode's last step."""
        last = self.table[self.lengths, np.arange(self.num_episodes)]
        rows = stated(self.configuration, last)
        return [dict(zip(self.keys, row, strict=True)) for row in rows]

    def episode(self, number: int) -> "Trajectory":
        """Returns one of the episodes.

        Raises:
            SafetyEnvsError: the episode does not exist.
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
        """Returns the trajectory without its worlds and dice; see "Memory" at the class."""
        return replace(self, kept_worlds=None, kept_dice=None)

    def at(self, t: int) -> Cursor:
        """Returns a cursor at step t.

        Raises:
            SafetyEnvsError: the step does not exist.
        """
        return Cursor(self, t)

    def __iter__(self) -> Iterator[Cursor]:
        """Yields a cursor that moves from the reset to the last step."""
        cursor = self.at(0)
        yield cursor
        for t in range(1, self.num_steps + 1):
            yield cursor.move_to(t)

    def engine_at(self, t: int) -> Engine:
        """Returns an engine at step t, which continues with the same random numbers.

        Raises:
            SafetyEnvsError: the step does not exist.
        """
        return self.at(t).branch()


def _rebuilt(values: Mapping[str, Any]) -> Trajectory:
    return Trajectory(**values)
