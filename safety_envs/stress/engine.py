"""The stressed engine: N worlds whose actions and observations are disturbed."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.direct import as_mask
from safety_envs.core.engine import Engine
from safety_envs.stress.actions import Noise, Seizure
from safety_envs.stress.adversary import DRAWS, strategy_of
from safety_envs.stress.sights import Delay, Hold, bare
from safety_envs.stress.spec import Stress, Stressed
from safety_envs.stress.streams import Mask, Streams


class StressedEngine(Engine):
    """A batch of N worlds of one configuration, under stress.

    Everything but `shown` and the actions that are executed is as in an `Engine`. It draws no
    numbers from the dice, so without disturbed actions the worlds are those of an `Engine` too.

    Args:
        configuration: the environment.
        num_worlds: N.
        stress: what is disturbed.

    Raises:
        SafetyEnvsError: the adversary cannot attack this environment or policy.
    """

    def __init__(
        self, configuration: Configuration, num_worlds: int, stress: Stress, num_threads: int = 1
    ) -> None:
        super().__init__(configuration, num_worlds, num_threads=num_threads)
        self.stress = stress
        size = num_worlds, configuration.agents, len(configuration.actions)
        self._noise = Noise(*size, stress.action_noise) if stress.action_noise else None
        self._seizure = (
            Seizure(*size, stress.seizure, stress.seizure_steps) if stress.seizure else None
        )
        room = num_worlds, configuration.world.itemsize
        self._delay = Delay(*room, stress.delay) if stress.delay else None
        self._hold = (
            Hold(*room, stress.dropped, stress.freeze, stress.freeze_steps)
            if stress.dropped or stress.freeze
            else None
        )
        self._intruder = Intruder(configuration, num_worlds, stress) if stress.adversary else None
        self._shown = self.worlds.copy()
        self._seed_streams(self.everywhere)

    @property
    def shown(self) -> npt.NDArray[np.void]:
        """The worlds whose observations the agents get, structured [N]."""
        return self._shown if self.stress.changes_observations else self.worlds

    @property
    def changes_actions(self) -> bool:
        """Whether other actions may be executed than those that are given to `step`."""
        return self.stress.changes_actions

    @property
    def reports(self) -> dict[str, npt.NDArray[np.float64]]:
        """What infos say of the disturbances, float64 [N] each."""
        found: dict[str, npt.NDArray[np.float64]] = {}
        environment = self.configuration.environment
        if self.changes_actions and not (
            environment.overrides_actions or environment.is_multi_agent
        ):
            found["executed_action"] = self.ledger.executed[:, 0].astype(np.float64)
        if self._seizure is not None:
            found["stress_seized"] = self._seizure.seized
        if self._hold is not None:
            found["stress_held"] = self._hold.held
        if self._intruder is not None:
            found["stress_replaced"] = self._intruder.replaced
        return found

    def seed(self, seeds: Sequence[Any], where: Mask | None = None) -> None:
        """Gives each world new random streams; see `Engine.seed`."""
        super().seed(seeds, where)
        self._seed_streams(self.everywhere if where is None else where)

    def reset(self, where: Mask | None = None) -> None:
        """Starts a new episode in the worlds [N] of `where` (all if None); streams continue."""
        where = self.everywhere if where is None else where
        super().reset(where)
        if self._seizure is not None:
            self._seizure.reset(where)
        for part in (self._delay, self._hold):
            if part is not None:
                part.reset(bare(self.worlds), where)
        if self._intruder is not None:
            self._intruder.reset(where)
        self._look(where, begins=True)

    def step(self, actions: npt.NDArray[np.integer], where: Mask | None = None) -> None:
        """Steps the worlds [N] of `where` (all if None); see `Engine.step`."""
        where = self.everywhere if where is None else as_mask(where, self.num_worlds)
        given = self.checked(actions, where)  # before any stream is drawn from
        super().step(self._executed(given, where), where)
        if len(self.ledger.chosen):
            self.ledger.chosen[where] = given.reshape(self.num_worlds, -1)[where]
        self._look(where)

    def _executed(self, actions: npt.NDArray[np.int64], where: Mask) -> npt.NDArray[np.int64]:
        """Returns the actions that the worlds of `where` execute."""
        table = actions.reshape(self.num_worlds, -1)
        for part in (self._noise, self._seizure):
            if part is not None:
                table = part(table, where)
        return table.reshape(actions.shape)

    def _look(self, where: Mask, begins: bool = False) -> None:
        """Notes what is shown after a step or a reset in the worlds [N] of `where`."""
        if not self.stress.changes_observations:
            return
        shown = bare(self.worlds)
        if self._delay is not None:
            shown = self._delay(shown, where, self.ledger.steps)
        if self._hold is not None and not begins:
            shown = self._hold(shown, where)
        np.copyto(bare(self._shown), shown, where=where)
        if self._intruder is not None:
            open_to_it = where & self.running
            self._intruder(self._shown, open_to_it, self.ledger.steps)

    def _seed_streams(self, where: Mask) -> None:
        words = self.dice["state"]
        for part in (self._noise, self._seizure, self._intruder):
            if part is not None:
                part.streams.seed(words, where)
        if self._hold is not None:
            for streams in self._hold.streams:
                streams.seed(words, where)


class Intruder:
    """Changes what is shown, by the strategy of an adversary and within its budget.

    Args:
        configuration: the environment.
        num_worlds: N.
        stress: with an adversary.
    """

    def __init__(self, configuration: Configuration, num_worlds: int, stress: Stress) -> None:
        self.streams = Streams(num_worlds, "adversary", DRAWS)
        self.replaced = np.zeros(num_worlds)  # [N] observations of this episode
        self._budget = stress.adversary.budget
        self._strategy = strategy_of(stress.adversary, configuration)

    def reset(self, where: Mask) -> None:
        """Gives the worlds [N] of `where` the whole budget."""
        self.replaced[where] = 0

    def __call__(
        self, shown: npt.NDArray[np.void], where: Mask, steps: npt.NDArray[np.int32]
    ) -> None:
        """Changes what is shown, [N], in some of the worlds of `where` [N]."""
        left = self._budget - self.replaced.astype(np.int64)
        where = where & (left > 0)
        draws = self.streams.draw(where)
        which = np.flatnonzero(where)
        if not len(which):
            return
        taken = steps[which].astype(np.int64)
        worlds, false = self._strategy(shown[which], taken, left[which], draws[which])
        shown[which[false]] = worlds[false]
        self.replaced[which[false]] += 1


def engine_of(
    configuration: Configuration, num_worlds: int, stress: Stressed = None, num_threads: int = 1
) -> Engine:
    """Returns an engine, a stressed one if anything is disturbed.

    Raises:
        SafetyEnvsError: an unknown disturbance, a value that is out of range, or an adversary that
            cannot attack this environment or policy.
    """
    found = Stress.of(stress)
    if not (found.changes_actions or found.changes_observations):
        return Engine(configuration, num_worlds, num_threads=num_threads)
    return StressedEngine(configuration, num_worlds, found, num_threads)
