"""Q-learners that meet in a repeated game: python -m agents.algorithms.q_learning --sessions 64.

The learners of Calvano et al. 2020: each agent has a table of its own, knows what it observes and
no more, explores with a probability that dies out, and never stops learning. Many independent
sessions run side by side on one batch of worlds. A session is one endless episode, as in the
source: nothing is reset, so that no price war ends because a clock did.

Any environment will do whose reward depends on the joint action alone, and whose observation is a
few whole numbers: `--environment SafetyMatrixGames-v0 --game chicken` is another. What is measured
is what the agents do once they have converged: their greedy policies, played on without learning.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from agents.algorithms.repeated_game import joint_payoffs, repeats
from agents.command_line import command_line
from agents.lock import locked
from agents.provenance import command, provenance
from agents.record import Identity, Record, identity_of, is_done, read_record, sealed, write_record
from agents.seeds import exploration_seed, world_seed
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError, find
from safety_envs.applications import parse_keywords
from safety_envs.statistics import interval

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

BLOCK = 1000  # periods between two checks of convergence
STRETCH = 20 * BLOCK  # periods that make one point of the learning curve
SETTLE, WATCH = 1000, 1000  # periods of greedy play before and while it is measured
BEFORE, AFTER = 5, 25  # periods shown around a forced deviation
FOREVER = 2**31 - 1
MOST_ROWS = 10**5
FORMAT = "safety_envs q_learning 2"


@dataclass(frozen=True)
class Settings:
    """How the learners learn: the source's baseline.

    Attributes:
        rate: how far a value moves to what was found (the paper's alpha).
        discount: of the next period (delta).
        decay: exploration in period t has probability exp(-decay t) (beta).
        stable: periods without a change of greedy action after which a session has converged.
        periods: learning ends then, converged or not.
    """

    rate: float = 0.15
    discount: float = 0.95
    decay: float = 4e-6
    stable: int = 100_000
    periods: int = 4_000_000

    def __post_init__(self) -> None:
        if self.periods < 1 or self.stable < 1:
            raise SafetyEnvsError(
                f"periods and stable must be at least 1, got {self.periods} and {self.stable}"
            )
        if not (0 < self.rate <= 1 and 0 <= self.discount < 1 and self.decay > 0):
            raise SafetyEnvsError(
                "rate must be in (0, 1], discount in [0, 1) and decay above 0, got "
                f"{self.rate}, {self.discount} and {self.decay}"
            )


class Learners:
    """The tables of all agents of all sessions, and their greedy policies.

    Attributes:
        values: float64 [rows, actions]; each learner has a stretch of rows, one for each thing
            that it may observe.
        greedy: int64 [rows], the best action by the values.
        best: float64 [rows], its value.
    """

    def __init__(self, configuration: Configuration, sessions: int, discount: float) -> None:
        bounds = np.array(list(configuration.features.values()), np.float64).reshape(-1, 2)
        agents, actions = configuration.agents, len(configuration.actions)
        counts = bounds[:, 1] - bounds[:, 0] + 1
        if agents < 2 or not len(bounds) or counts.prod() > MOST_ROWS or not repeats(configuration):
            raise SafetyEnvsError(
                f"{configuration.id} is not for these learners: they need several "
                f"agents, at most {MOST_ROWS} different observations of whole numbers, no end, and "
                "rewards that depend on the joint action alone"
            )
        learners = sessions * agents
        rows = int(counts.prod())
        self._low = bounds[:, 0]
        self._weights = np.concatenate(([1.0], counts[:-1].cumprod()))
        self._first = rows * np.arange(learners).reshape(sessions, agents)
        payoffs = joint_payoffs(configuration)
        start = np.empty((agents, actions))
        for agent in range(agents):  # against rivals that do anything
            others = tuple(axis for axis in range(agents) if axis != agent)
            start[agent] = payoffs[..., agent].mean(axis=others) / (1 - discount)
        everywhere = np.broadcast_to(start[None, :, None], (sessions, agents, rows, actions))
        self.values = everywhere.reshape(learners * rows, actions).copy()
        self.greedy = self.values.argmax(axis=1)
        self.best = self.values.max(axis=1)

    def rows(self, observations: npt.NDArray[np.float32]) -> Integers:
        """Returns the learners' rows, int64 [sessions, agents], for what they observe."""
        numbers: Integers = ((observations - self._low) @ self._weights).astype(np.int64)
        return self._first + numbers

    def update(
        self, rows: Integers, actions: Integers, found: Floats, rate: float
    ) -> npt.NDArray[np.bool_]:
        """Moves values toward what was found; returns whose greedy action there has changed."""
        self.values[rows, actions] += rate * (found - self.values[rows, actions])
        values = self.values[rows]
        greedy = values.argmax(axis=2)
        changed: npt.NDArray[np.bool_] = greedy != self.greedy[rows]
        self.greedy[rows] = greedy
        self.best[rows] = values.max(axis=2)
        return changed


class Sessions:
    """Many sessions of one game, side by side.

    Args:
        configuration: the environment; its step cap is not used.
        sessions: how many.
        seed: of the run; seeds of the sessions' worlds and of exploration are spread from it.
        settings: how the learners learn.

    Attributes:
        converged_at: int64 [sessions], the period in which a session had converged, or -1.
        policies: int64 [rows], greedy actions: of the converged as they were then.
        curve: metric -> its mean in each stretch of learning, over sessions.
    """

    def __init__(
        self, configuration: Configuration, sessions: int, seed: int, settings: Settings
    ) -> None:
        self.configuration = configuration.with_keywords(max_steps=FOREVER)
        self.settings = settings
        self.engine = Engine(self.configuration, sessions)
        self.engine.seed([world_seed(seed) + session for session in range(sessions)])
        self.engine.reset()
        self.learners = Learners(self.configuration, sessions, settings.discount)
        self.policies = self.learners.greedy.copy()
        self.converged_at = np.full(sessions, -1)
        self.curve: dict[str, list[float]] = {name: [] for name in self.configuration.channels}
        self.period = 0
        self._observe = Observer(self.configuration, "vector")
        self._seen = self._observe.empty(sessions)
        self._rng = np.random.default_rng(exploration_seed(seed))
        self._last_change = np.zeros(sessions, np.int64)

    def learn(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Learns until all sessions have converged, or the periods are over.

        Args:
            progress: called now and then with the periods and the number of converged sessions.
        """
        before = self.engine.ledger.totals.copy()
        while self.period < self.settings.periods and (self.converged_at < 0).any():
            self._learn_block(min(BLOCK, self.settings.periods - self.period))
            self._note_converged()
            if self.period % STRETCH == 0:
                means = (self.engine.ledger.totals - before).mean(axis=0) / STRETCH
                before = self.engine.ledger.totals.copy()
                for name, value in zip(self.configuration.channels, means, strict=True):
                    self.curve[name].append(float(value))
            if progress is not None:
                progress(self.period, int((self.converged_at >= 0).sum()))
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


def measure(sessions: Sessions) -> dict[str, list[float]]:
    """Returns each metric's mean in a period of greedy play, for every session."""
    sessions.play(SETTLE)
    before = sessions.engine.ledger.totals.copy()
    sessions.play(WATCH)
    means = (sessions.engine.ledger.totals - before) / WATCH
    return dict(zip(sessions.configuration.channels, means.T.tolist(), strict=True))


def deviation(sessions: Sessions) -> list[list[float]]:
    """Returns mean actions [periods, agents] around period 0, in which agent 0 is made to deviate.

    It plays the best reply of that period to what the others do; then all follow their policies.
    """
    before = sessions.play(BEFORE)
    payoffs = joint_payoffs(sessions.configuration)[..., 0]
    rivals = sessions.policies[sessions.rows()][:, 1:]
    reply = payoffs[(slice(None), *rivals.T)].argmax(axis=0)
    after = sessions.play(AFTER, {0: reply})
    means: list[list[float]] = np.concatenate([before, after]).mean(axis=1).tolist()
    return means


def train(
    environment: str,
    *,
    keywords: Mapping[str, Any],
    sessions: int,
    seed: int,
    settings: Settings,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Trains the learners of all sessions, measures what they came to, and returns the record."""
    run = run_identity(environment, keywords, sessions, seed, settings)
    configuration = find(environment).configure(**keywords)
    started, versions = time.perf_counter(), provenance()
    group = Sessions(configuration, sessions, seed, settings)
    group.learn(progress)
    contents = {
        "format": FORMAT,
        "algorithm": "q_learning",
        "environment": environment,
        "keywords": dict(configuration.keywords),
        "sessions": sessions,
        "seed": seed,
        "settings": asdict(settings),
        "converged_at": group.converged_at.tolist(),
        "metrics": measure(group),
        "deviation": {"first_period": -BEFORE, "mean_actions": deviation(group)},
        "curve": {"periods": STRETCH, "means": group.curve},
        "seconds": round(time.perf_counter() - started, 1),
        "versions": versions,
        "command": command(),
    }
    return sealed(run, contents)


def run_identity(
    environment: str, keywords: Mapping[str, Any], sessions: int, seed: int, settings: Settings
) -> Identity:
    """Returns the identity of a run.

    Raises:
        SafetyEnvsError: an unknown environment or keyword, no seed, or an impossible number of
            sessions.
    """
    if not 1 <= sessions <= 10_000:
        raise SafetyEnvsError(f"sessions must be in 1 .. 10000, got {sessions}")
    return identity_of(
        environment, keywords, seed,
        procedure=FORMAT, algorithm="q_learning", sessions=sessions, settings=asdict(settings),
    )  # fmt: skip


def report(record: Mapping[str, Any]) -> str:
    """Returns a record in words: how many converged, and each metric with its 95 % interval."""
    converged = [period for period in record["converged_at"] if period >= 0]
    lines = [f"{len(converged)} of {record['sessions']} sessions converged"]
    if converged:
        lines[0] += f", after {np.mean(converged):,.0f} periods in the mean"
    for name, values in record["metrics"].items():
        low, high = interval(values, lambda drawn: float(np.mean(drawn)))
        lines.append(f"{name} {np.mean(values):.4f} [{low:.4f}, {high:.4f}] a period")
    return "\n".join(lines)


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser(
        "python -m agents.algorithms.q_learning",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--environment", default="SafetyPriceCollusion-v0")
    parser.add_argument("--sessions", type=int, default=64)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--periods", type=int, default=Settings.periods, help="at most")
    parser.add_argument("--rate", type=float, default=Settings.rate, help="of learning")
    parser.add_argument("--discount", type=float, default=Settings.discount)
    parser.add_argument("--decay", type=float, default=Settings.decay, help="of exploration")
    parser.add_argument("--out", type=Path, default=Path("results/price_collusion"))
    parser.add_argument("--force", action="store_true", help="learn again, whatever is there")
    options, rest = parser.parse_known_args(arguments)
    keywords = parse_keywords(find(options.environment), rest)
    settings = Settings(
        rate=options.rate, discount=options.discount, decay=options.decay, periods=options.periods
    )
    run = run_identity(options.environment, keywords, options.sessions, options.seed, settings)
    path = options.out / f"q_learning-seed{options.seed}.json"
    with locked(options.out):
        if not options.force and is_done(path, run, format=FORMAT):
            print(f"{path} is there: nothing to do (--force learns again)")
        else:
            write_record(path, _train_with_bar(options, keywords, settings))
            print(f"wrote {path}")
        print(report(read_record(path, FORMAT)))
    return 0


def _train_with_bar(
    options: argparse.Namespace, keywords: Mapping[str, Any], settings: Settings
) -> Record:
    from tqdm import tqdm

    with tqdm(total=settings.periods, unit="period", unit_scale=True) as bar:

        def progress(period: int, converged: int) -> None:
            bar.set_postfix_str(f"{converged}/{options.sessions} converged", refresh=False)
            bar.update(period - bar.n)

        return train(
            options.environment,
            keywords=keywords,
            sessions=options.sessions,
            seed=options.seed,
            settings=settings,
            progress=progress,
        )


if __name__ == "__main__":
    sys.exit(main())
