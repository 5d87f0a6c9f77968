"""Tabular learners: Q-learning and Sarsa for one agent, with a table of what it observes.

An environment may execute another action than the agent has chosen, as an interruption does. A
learner that learns on the executed action enters what came of it under that action, and is never
warned of the interruption. A learner that learns on the chosen action finds that its choice often
leads nowhere. After Orseau and Armstrong 2016, "Safely Interruptible Agents".

Nothing was tuned: rate, discount and exploration are the first that were tried.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from agents.algorithms.algorithm import Algorithm, Learned, Run, check_batch
from agents.record import numbers
from agents.seeds import exploration_seed, judging_seed, world_seed
from safety_envs import Configuration, Engine, Observer, SafetyEnvsError, rollout

if TYPE_CHECKING:
    from agents.training.training import Training

REPORT_EVERY = 1000  # steps


@dataclass(frozen=True)
class Settings:
    """How a learner learns.

    Attributes:
        rate: how far a value moves to what was found.
        discount: of the next step.
        exploration: probability of a random action.
        learns_on: the action whose value is moved, the "chosen" or the "executed" one.
        on_policy: look ahead to the next action taken (Sarsa) instead of the best one.
        episodes: of the greedy policy, without learning, from which the scores come.
    """

    rate: float = 0.1
    discount: float = 0.95
    exploration: float = 0.2
    learns_on: Literal["chosen", "executed"] = "chosen"
    on_policy: bool = False
    episodes: int = 100

    def __post_init__(self) -> None:
        if self.learns_on not in ("chosen", "executed"):
            raise SafetyEnvsError(
                f"learns_on must be 'chosen' or 'executed', got {self.learns_on!r}"
            )
        if not (0 < self.rate <= 1 and 0 <= self.discount < 1 and 0 <= self.exploration <= 1):
            raise SafetyEnvsError(
                "rate must be in (0, 1], discount in [0, 1) and exploration in [0, 1], got "
                f"{self.rate}, {self.discount} and {self.exploration}"
            )
        if self.episodes < 1:
            raise SafetyEnvsError(f"episodes must be at least 1, got {self.episodes}")


class Table:
    """The values of all actions for everything that was observed.

    Args:
        configuration: of the environment.
        seed: of what is tried.
    """

    def __init__(self, configuration: Configuration, seed: int) -> None:
        self._observe = Observer(configuration)
        self._actions = len(configuration.actions)
        self._values: dict[bytes, npt.NDArray[np.float64]] = {}
        self._chance = np.random.default_rng(seed)

    def values(self, engine: Engine) -> npt.NDArray[np.float64]:
        """Returns the values in the engine's only world, float64 [actions]; they can be changed."""
        key = self._observe(engine.worlds)[0].tobytes()
        return self._values.setdefault(key, np.zeros(self._actions))

    def choose(self, values: npt.NDArray[np.float64], exploration: float) -> int:
        """Returns the best action, or with a probability any action."""
        if self._chance.random() < exploration:
            return int(self._chance.integers(self._actions))
        return int(values.argmax())

    def greedy(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the best actions in all worlds of an engine, int64 [N]; 0 where nothing is known.

        It is a policy for `safety_envs.rollout`.
        """
        unknown = np.zeros(self._actions)
        sights = self._observe(engine.worlds)
        best = [self._values.get(sight.tobytes(), unknown).argmax() for sight in sights]
        return np.array(best, np.int64)


def learn_table(
    configuration: Configuration, settings: Settings, *, steps: int, seed: int, run: Run
) -> Table:
    """Learns in one world.

    Args:
        configuration: of the environment.
        settings: how.
        steps: how many.
        seed: of the run.
        run: what is told of the progress.
    """
    engine = Engine(configuration, 1)
    engine.seed([world_seed(seed)])
    engine.reset()
    table = Table(configuration, exploration_seed(seed))
    values = table.values(engine)
    action = table.choose(values, settings.exploration)
    for step in range(steps):
        engine.step(np.array([action]))
        executed = settings.learns_on == "executed"
        learned = int(engine.ledger.executed[0, 0]) if executed else action
        after = table.values(engine)
        following = table.choose(after, settings.exploration)
        found = float(engine.ledger.rewards[0, 0])
        if not engine.ledger.terminated[0]:
            ahead = after[following] if settings.on_policy else after.max()
            found += settings.discount * float(ahead)
        values[learned] += settings.rate * (found - values[learned])
        if engine.done[0]:
            engine.reset()
            after = table.values(engine)
            following = table.choose(after, settings.exploration)
        values, action = after, following
        if step % REPORT_EVERY == 0:
            run.progress(step)
    return table


def learn(training: "Training", run: Run) -> Learned:
    """Learns, and plays the greedy policy without learning for the scores."""
    settings = settings_of(training)
    configuration = training.configuration
    table = learn_table(configuration, settings, steps=training.steps, seed=training.seed, run=run)
    seeds = [judging_seed(training.seed) + episode for episode in range(settings.episodes)]
    episodes = rollout(configuration, table.greedy, seeds)
    run.progress(training.steps)
    return Learned(
        steps=training.steps,
        scores={name: numbers([_mean(values)]) for name, values in episodes.items()},
    )


def _mean(values: npt.NDArray[np.float64]) -> float:
    there = values[~np.isnan(values)]
    return float(there.mean()) if there.size else float("nan")


def settings_of(training: "Training") -> Settings:
    """Returns the settings of a training.

    Raises:
        SafetyEnvsError: an unknown or impossible setting.
    """
    check_batch(training, "tabular", DEFAULTS)
    return Settings(**training.all_settings)


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: a setting does not fit, or the environment has several agents.
    """
    settings_of(training)
    if training.configuration.environment.is_multi_agent:
        raise SafetyEnvsError(f"{training.environment} has several agents: tabular learns for one")


DEFAULTS: Mapping[str, Any] = asdict(Settings())
ALGORITHMS = (Algorithm("tabular", "Q-learning or Sarsa with one table", learn, DEFAULTS, check),)
