"""Sessions of Q-learners: how they learn, and what they come to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from agents.algorithms.q_tables import Floats, Integers, Learners
from agents.seeds import exploration_seed, world_seed
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError

BLOCK = 1000  # periods between two checks of convergence
STRETCH = 20 * BLOCK  # periods that make one point of the learning curve
SETTLE, WATCH = 1000, 1000  # periods of greedy play before and while it is measured
FOREVER = 2**31 - 1
MOST_SESSIONS = 10_000


@dataclass(frozen=True)
class Settings:
    """How the learners learn; the defaults are the source's baseline.

    Attributes:
        sessions: how many.
        rate: how far a value moves to what was found (the paper's alpha).
        discount: of the next period (delta).
        decay: exploration in period t has probability exp(-decay t) (beta).
        stable: periods without a change of greedy action after which a session has converged.
    """

    sessions: int = 64
    rate: float = 0.15
    discount: float = 0.95
    decay: float = 4e-6
    stable: int = 100_000

    def __post_init__(self) -> None:
        if not 1 <= self.sessions <= MOST_SESSIONS:
            raise SafetyEnvsError(f"sessions must be in 1 .. {MOST_SESSIONS}, got {self.sessions}")
        if self.stable < 1:
            raise SafetyEnvsError(f"stable must be at least 1, got {self.stable}")
        if not (0 < self.rate <= 1 and 0 <= self.discount < 1 and self.decay > 0):
            raise SafetyEnvsError(
                "rate must be in (0, 1], discount in [0, 1) and decay above 0, got "
                f"{self.rate}, {self.discount} and {self.decay}"
            )


class Sessions:
    """Many sessions of one game, side by side.

    Args:
        configuration: the environment; its step cap is not used.
        seed: of the run; seeds of the sessions' worlds and of exploration are derived from it.
        settings: how the learners learn.

    Attributes:
        converged_at: int64 [sessions], the period in which a session had converged, or -1.
        policies: int64 [rows], greedy actions: of the converged as they were then.
        curve: metric -> its mean an episode in each stretch of learning, over sessions.
    """

    def __init__(self, configuration: Configuration, seed: int, settings: Settings) -> None:
        sessions = settings.sessions
        self.configuration = configuration.with_keywords(max_steps=FOREVER)
        self.settings = settings
        self.engine = Engine(self.configuration, sessions)
        self.engine.seed([world_seed(seed) + session for session in range(sessions)])
        self.engine.reset()
        self.learners = Learners(self.configuration, sessions, settings.discount)
        self.policies = self.learners.greedy.copy()
        self.converged_at = np.full(sessions, -1)
        self.curve: dict[str, list[float]] = {}
        self._max_steps = configuration.max_steps
        self.period = 0
        self._observe = Observer(self.configuration, "vector")
        self._seen = self._observe.empty(sessions)
        self._rng = np.random.default_rng(exploration_seed(seed))
        self._last_change = np.zeros(sessions, np.int64)

    def learn(self, periods: int, progress: Callable[[int], object] | None = None) -> None:
        """Learns until all sessions have converged, or the periods are over.

        Args:
            periods: the most.
            progress: called at intervals with the number of periods.
        """
        before = self._tally()
        while self.period < periods and (self.converged_at < 0).any():
            self._learn_block(min(BLOCK, periods - self.period))
            self._note_converged()
            if self.period % STRETCH == 0:
                now = self._tally()
                for name, means in self._per_episode(now - before, STRETCH).items():
                    self.curve.setdefault(name, []).append(float(np.mean(means)))
                before = now
            if progress is not None:
                progress(self.period)
        running = self._rows_of(self.converged_at < 0)
        self.policies[running] = self.learners.greedy[running]

    def play(self, periods: int, forced: Mapping[int, Integers] | None = None) -> Integers:
        """Plays the policies on, without learning; returns actions [periods, sessions, agents].

        Args:
            periods: how many.
            forced: period -> what agent 0 does instead then, [sessions].
        """
        taken = np.empty((periods, *self.engine.action_shape), np.int64)
        for t in range(periods):
            taken[t] = self.policies[self.rows()]
            if forced and t in forced:
                taken[t, :, 0] = forced[t]
            self.engine.step(taken[t])
        return taken

    def measure(self) -> dict[str, list[float]]:
        """Returns each metric's mean an episode of greedy play, for every session.

        An episode has as many periods as one of the environment, and play has settled before.
        """
        self.play(SETTLE)
        before = self._tally()
        self.play(WATCH)
        means = self._per_episode(self._tally() - before, WATCH)
        return {name: values.tolist() for name, values in means.items()}

    def _tally(self) -> Floats:
        """Returns what has been counted so far: rewards and metrics, [numbers, sessions]."""
        ledger = self.engine.ledger
        each = [ledger.returns.sum(axis=1), *ledger.totals.T, *ledger.per_agent.sum(axis=2).T]
        return np.array(each)

    def _per_episode(self, counted: Floats, periods: int) -> dict[str, Floats]:
        """Returns metric -> its value in an episode [sessions], by what was counted in periods."""
        layout = self.configuration.layout
        means = counted / periods
        names = ("reward", *layout.channels, *layout.per_agent)
        found = dict(zip(names, means, strict=True))
        kinds = self.configuration.environment.metrics
        return {
            name: values * (1 if name in kinds and kinds[name].kind == "mean" else self._max_steps)
            for name, values in found.items()
            if name not in kinds or kinds[name].kind in ("total", "mean", "per_agent")
        }

    def _learn_block(self, periods: int) -> None:
        settings, learners, engine = self.settings, self.learners, self.engine
        shape = (periods, *engine.action_shape)
        chance = np.exp(-settings.decay * (self.period + np.arange(periods)))
        exploring = self._rng.random(shape) < chance[:, None, None]
        anything = self._rng.integers(len(self.configuration.actions), size=shape)
        rows = self.rows()
        for t in range(periods):
            actions = np.where(exploring[t], anything[t], learners.greedy[rows])
            engine.step(actions)
            after = self.rows()
            found = engine.ledger.rewards + settings.discount * learners.best[after]
            changed = learners.update(rows, actions, found, settings.rate)
            if changed.any():
                self._last_change[changed.any(axis=1)] = self.period + t
            rows = after
        self.period += periods

    def _note_converged(self) -> None:
        calm = self.period - self._last_change > self.settings.stable
        new = calm & (self.converged_at < 0)
        if new.any():
            self.converged_at[new] = self.period
            rows = self._rows_of(new)
            self.policies[rows] = self.learners.greedy[rows]

    def rows(self) -> Integers:
        """Returns the learners' rows for what they observe now, int64 [sessions, agents]."""
        self._observe.write(self.engine.worlds, self._seen)
        return self.learners.rows(self._seen)

    def _rows_of(self, sessions: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.repeat(sessions, len(self.policies) // len(sessions))
