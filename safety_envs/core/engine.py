"""The engine: N worlds stepped at once by one compiled loop over the environment's rules."""

import copy
from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, NoReturn

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Rule
from safety_envs.core.definition import Configuration
from safety_envs.core.dice import seeded
from safety_envs.core.direct import as_mask, direct
from safety_envs.core.errors import ResetNeeded, SafetyEnvsError
from safety_envs.core.fields import bytes_of, keys
from safety_envs.core.ledger import Ledger, empty_ledger
from safety_envs.core.loops import REFUSED, loops_of, may_step_of, reset_part, step_part
from safety_envs.core.threads import Job, checked_threads, parts_of


class Engine:
    """A batch of N worlds of one configuration.

    A copy or a pickle continues exactly as the engine itself would, with the same random numbers.

    Args:
        configuration: the environment with its keywords.
        num_worlds: N.
        compile_rules: False runs the rules as plain Python, for debuggers and comparisons.
        num_threads: how many threads step the worlds, each its part of them. Results do not depend
            on it. Small batches use fewer, see `safety_envs.core.threads`.

    Attributes:
        worlds: the batch, structured [N].
        dice: one random stream per world, structured [N].
        ledger: counts and totals per world; its arrays are rewritten by every step.
        seeds: [N] the seeds of the worlds' random streams, whole numbers.
        running: bool [N], whether an episode is running: it has been reset and has not ended.
        everywhere: bool [N], the mask of all worlds.
        parts: the slices of the batch that its threads take.
    """

    def __init__(
        self,
        configuration: Configuration,
        num_worlds: int,
        *,
        compile_rules: bool = True,
        num_threads: int = 1,
    ) -> None:
        layout = configuration.layout
        self.configuration = configuration
        self.num_worlds = num_worlds
        self.compile_rules = compile_rules
        self.num_threads = checked_threads(num_threads)
        self.worlds = np.zeros(num_worlds, configuration.world)
        self.dice = seeded(range(num_worlds))
        self.seeds = np.arange(num_worlds).astype(object)
        self.ledger = empty_ledger(num_worlds, layout)
        self.running = np.zeros(num_worlds, np.bool_)
        several = configuration.environment.is_multi_agent
        self._action_shape = (num_worlds, layout.agents) if several else (num_worlds,)
        self.everywhere = np.ones(num_worlds, np.bool_)
        self._kept = kept_bytes(configuration)
        self._loops = loops_of(configuration, compile_rules)
        is_fast = hasattr(self._loops.step, "typeof_pyval")  # plain rules run in one thread
        self.parts = parts_of(num_worlds, layout.agents, self.num_threads if is_fast else 1)

    def __getstate__(self) -> dict[str, Any]:
        made_again = ("_loops", "_direct", "_crew")
        return {name: value for name, value in vars(self).items() if name not in made_again}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._loops = loops_of(self.configuration, self.compile_rules)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("worlds", "dice", "ledger", "running"):
            for holder in ("_direct", "_crew"):  # they hold the array before
                vars(self).pop(holder, None)
        super().__setattr__(name, value)

    def __copy__(self) -> "Engine":
        """Returns an engine with its own arrays; shared arrays would be stepped twice."""
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Engine":
        other = object.__new__(type(self))
        memo[id(self)] = other
        for name, value in self.__getstate__().items():
            vars(other)[name] = copy.deepcopy(value, memo)
        other._loops = self._loops
        return other

    @property
    def shown(self) -> npt.NDArray[np.void]:
        """The worlds whose observations the agents get, structured [N]: the worlds themselves.

        Disturbed observations are those of other worlds; see `safety_envs.stress`.
        """
        return self.worlds

    @property
    def changes_actions(self) -> bool:
        """Whether other actions may be executed than those that are given to `step`."""
        return False

    @property
    def reports(self) -> dict[str, npt.NDArray[np.float64]]:
        """What infos say beside the metrics, by key, float64 [N] each: nothing."""
        return {}

    def note_steps(self) -> None:
        """Makes the ledger keep what the last step wrote, and the actions given to it.

        Only pictures need these. It begins with the next reset or step.
        """
        if not len(self.ledger.chosen):
            noted = empty_ledger(self.num_worlds, self.configuration.layout, self.num_worlds)
            self.ledger = self.ledger._replace(chosen=noted.chosen, written=noted.written)

    @property
    def action_shape(self) -> tuple[int, ...]:
        """The shape of a batch of actions: [N], or [N, agents] with several agents."""
        return self._action_shape

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """[N, agents] whether each agent takes part; others are out for a while and see nothing."""
        shape = self.num_worlds, self.configuration.agents
        if self._loops.present is None:
            return np.ones(shape, np.bool_)
        present = np.empty(shape, np.bool_)
        self._loops.present(self.worlds, present)
        return present

    @property
    def done(self) -> npt.NDArray[np.bool_]:
        """[N] whether the last step ended the world's episode."""
        return self.ledger.terminated | self.ledger.truncated

    def seed(self, seeds: Sequence[Any], where: npt.NDArray[np.bool_] | None = None) -> None:
        """Gives each world a new random stream. The worlds must be reset next.

        World i then runs as it would alone with seeds[i]; nothing persists from before.

        Args:
            seeds: one whole number of at least 0 for each world, or for each world in `where`.
            where: [N] which worlds; all if None.

        Raises:
            SafetyEnvsError: an invalid seed; no world has been seeded then.
        """
        chosen = slice(None) if where is None else where
        self.dice[chosen] = seeded(seeds)
        self.seeds[chosen] = np.array([int(seed) for seed in seeds], object)
        self.ledger.episodes[chosen] = 0
        self.worlds[chosen] = np.zeros((), self.configuration.world)
        self.running[chosen] = False

    def reset(self, where: npt.NDArray[np.bool_] | None = None) -> None:
        """Starts a new episode in the worlds [N] of `where` (all if None); dice continue."""
        where = self.everywhere if where is None else as_mask(where, self.num_worlds)
        if len(self.parts) == 1:
            self._direct[0].reset(where)
            return
        self._crew.reset(where)

    def step(
        self, actions: npt.NDArray[np.integer], where: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Steps the worlds [N] of `where` (all if None) and writes the results to `ledger`.

        Args:
            actions: whole numbers of shape `action_shape`.
            where: other worlds get reward 0 and are neither terminated nor truncated.

        Raises:
            ResetNeeded: a world has no running episode.
            SafetyEnvsError: actions of the wrong type, shape or range; no world has moved then.
        """
        where = self.everywhere if where is None else as_mask(where, self.num_worlds)
        given = self._given(actions, where)
        if len(self.parts) == 1:
            if self._direct[0].step(given, where) == REFUSED:
                self._refuse(given, where)
            return
        if not self._may_step(given, where):  # asked before, so that no part has moved
            self._refuse(given, where)
        self._crew.step(given, where)

    def _given(self, actions: Any, where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Returns actions as machine code reads them, if their type and shape are right."""
        given = np.asarray(actions)
        if given.dtype.kind not in "iu" or given.shape != self._action_shape:
            self._refuse(given, where)
        return np.ascontiguousarray(given, np.int64)

    def checked(self, actions: Any, where: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Returns actions that the worlds [N] of `where` can take, int64 of shape `action_shape`.

        Raises:
            ResetNeeded, SafetyEnvsError: as `step` does.
        """
        given = np.asarray(actions)
        is_fine = (
            given.dtype.kind in "iu"
            and given.shape == self._action_shape
            and bool(self.running[where].all())
            and not ((given < 0) | (given >= len(self.configuration.actions))).any()
        )
        if not is_fine:
            self._refuse(given, where)
        return given.astype(np.int64, copy=False)

    def _refuse(self, actions: npt.NDArray[Any], where: npt.NDArray[np.bool_]) -> NoReturn:
        """Raises the error that says why a step cannot be taken."""
        if not self.running[where].all():
            world = int(np.flatnonzero(where & ~self.running)[0])
            raise ResetNeeded(f"no episode is running in world {world}: call reset() before step()")
        names = self.configuration.actions
        if actions.dtype.kind not in "iu":
            raise SafetyEnvsError(f"actions must be whole numbers, got dtype {actions.dtype}")
        if actions.shape != self.action_shape:
            raise SafetyEnvsError(
                f"actions must have shape {self.action_shape}, got {actions.shape}"
            )
        wrong = actions[(actions < 0) | (actions >= len(names))][0]
        listed = ", ".join(f"{i} {name}" for i, name in enumerate(names))
        raise SafetyEnvsError(f"action {wrong} is out of range; actions are {listed}")

    def _may_step(self, actions: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]) -> bool:
        may_step, number = may_step_of(self.configuration.agents), len(self.configuration.actions)
        return bool(may_step(actions.reshape(-1), where, self.running, number))

    @cached_property
    def _direct(self) -> list["_DirectCalls"]:
        """Calls of the loops with the engine's own arrays, part by part; for the engine only."""
        actions, where = np.zeros(self._action_shape, np.int64), self.everywhere
        return [
            _DirectCalls(
                partial(direct(self._loops.step, (*stepped, actions, where)), *stepped),
                partial(direct(self._loops.reset, (*reset, where)), *reset),
            )
            for stepped, reset in map(self._arguments, self.parts)
        ]

    @cached_property
    def _crew(self) -> "_Crew":
        """What threads do, each with its part of the batch."""
        actions, where = np.zeros(self._action_shape, np.int64), self.everywhere.copy()
        found = [(part, *self._arguments(part)) for part in self.parts]
        steps = [(*stepped, actions[part], where[part]) for part, stepped, _ in found]
        resets = [(*reset, where[part]) for part, _, reset in found]
        job = self._loops.job
        return _Crew(job(step_part, steps), job(reset_part, resets), actions, where)

    def _arguments(self, part: slice) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """Returns the arguments for a part of the loops that step and reset, but the last ones."""
        level, outcome = self.configuration.level, np.zeros(1, self.configuration.layout.dtype)
        worlds, dice, running = self.worlds[part], self.dice[part], self.running[part]
        ledger = Ledger._make(each[part] for each in self.ledger)
        stepped = (
            worlds, level, dice, outcome, outcome.view(np.float64), ledger, running,
            self.configuration.max_steps, len(self.configuration.actions),
        )  # fmt: skip
        return stepped, (worlds, keys(worlds), level, dice, ledger, running, self._kept)


class _DirectCalls(NamedTuple):
    step: Rule  # of actions and where
    reset: Rule  # of where


class _Crew(NamedTuple):
    """What threads do with the parts of a batch, and the arrays from which they read it."""

    stepping: Job
    resetting: Job
    actions: npt.NDArray[np.int64]  # [N, ...]
    where: npt.NDArray[np.bool_]  # [N]

    def step(self, actions: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]) -> None:
        """Steps the worlds [N] of `where` by actions that have been checked."""
        np.copyto(self.actions, actions)
        np.copyto(self.where, where)
        self.stepping.run()

    def reset(self, where: npt.NDArray[np.bool_]) -> None:
        """Resets the worlds [N] of `where`."""
        np.copyto(self.where, where)
        self.resetting.run()


def kept_bytes(configuration: Configuration) -> npt.NDArray[np.uint8]:
    """Returns 255 for the bytes of a world that a reset keeps, 0 for those that it clears."""
    return np.uint8(255) * bytes_of(configuration.world, configuration.environment.kept)
