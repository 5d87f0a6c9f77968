"""The tabular learner: chunks of the compiled loop, and pauses in which a method may act."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from agents.seeds import exploration_seed
from agents.tabular.loop import UPDATES, Arrays, Numbers, learn_steps, policy_of
from agents.tabular.task import Floats, Moment, Task
from safety_envs import SafetyEnvsError
from safety_envs.applications import compiled
from safety_envs.authoring import rule

PAUSES = 100
"""How often a method may act, and points of the learning curve."""


@dataclass(frozen=True)
class Settings:
    """How a learner learns.

    Attributes:
        update: what the next state counts; see `agents.tabular.loop`.
        rate: how far a value moves to what was found, in the first step; it falls linearly.
        last_rate: in the last step.
        discount: of the next step.
        exploration: probability of a random action in the first step; it falls linearly.
        last_exploration: in the last step.
        exploring_starts: the share of episodes that start in any state, drawn uniformly, so that
            nothing depends on how hard a state is to find.
        starts: list the starts of the seeds 0 .. starts-1; all starts if 0.
        most_states: of the model.
    """

    update: Literal["q_learning", "sarsa", "expected_sarsa"] = "q_learning"
    rate: float = 0.1
    last_rate: float = 0.01
    discount: float = 0.99
    exploration: float = 0.3
    last_exploration: float = 0.05
    exploring_starts: float = 0.0
    starts: int = 0
    most_states: int = 200_000

    def __post_init__(self) -> None:
        if self.update not in UPDATES:
            raise SafetyEnvsError(
                f"update must be one of {', '.join(UPDATES)}, got {self.update!r}"
            )
        for name in ("rate", "last_rate"):
            if not 0 < getattr(self, name) <= 1:
                raise SafetyEnvsError(f"{name} must be in (0, 1], got {getattr(self, name)}")
        for name in ("exploration", "last_exploration", "exploring_starts"):
            if not 0 <= getattr(self, name) <= 1:
                raise SafetyEnvsError(f"{name} must be in [0, 1], got {getattr(self, name)}")
        if not 0 <= self.discount < 1:
            raise SafetyEnvsError(f"discount must be in [0, 1), got {self.discount}")
        if self.starts < 0 or self.most_states < 1:
            raise SafetyEnvsError("starts must be at least 0, and most_states at least 1")


@dataclass(frozen=True)
class Result:
    """What a learner has come to.

    Attributes:
        task: as the method left it.
        policy: float64 [S, A], without exploration.
        values: float64 [sights, A].
        steps: how many were taken.
        curve: {"steps": [...], metric: [mean over the episodes that ended in each stretch]}.
    """

    task: Task
    policy: Floats
    values: Floats
    steps: int
    curve: dict[str, list[float | None]]


def learn(
    task: Task,
    settings: Settings,
    steps: int,
    seed: int,
    progress: Callable[[int], object] = lambda steps: None,
) -> Result:
    """Learns a table for a task.

    Args:
        task: what is experienced.
        settings: how.
        steps: how many.
        seed: of the run.
        progress: is called with the number of steps in every pause.
    """
    model = task.model
    loop = compiled(learn_steps)
    random = np.random.default_rng(exploration_seed(seed))
    values = np.zeros((model.num_sights, model.num_actions))
    place, totals = np.full(3, -1, np.int64), np.zeros(1 + len(model.names))
    curve: dict[str, list[float | None]] = {"steps": [], **{name: [] for name in model.names}}
    bounds = np.linspace(0, steps, min(PAUSES, steps) + 1).astype(int)
    done = 0
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        numbers = numbers_of(task, settings, begin / steps)
        loop(arrays_of(task), numbers, values, place, totals, random, end - begin)
        done = end
        means = _means(task, totals)
        curve["steps"].append(end)
        for name in model.names:
            curve[name].append(means.get(name))
        if means:
            totals[:] = 0.0
        progress(end)
        if task.control is not None:
            policy = policy_in(task, values)
            task = task.control(Moment(task, end / steps, policy, means))
            if task.final is not None:
                break
    policy = policy_in(task, values) if task.final is None else task.final
    return Result(task, policy, values, done, curve)


def _means(task: Task, totals: Floats) -> dict[str, float]:
    if not totals[0]:
        return {}
    return {
        name: float(each / totals[0])
        for name, each in zip(task.model.names, totals[1:], strict=True)
    }


def arrays_of(task: Task) -> Arrays:
    """Returns a task as the loop reads it."""
    model = task.model
    starts = np.flatnonzero(model.start)
    edges = np.diff(model.first[:: model.num_actions])
    return Arrays(
        model.first, model.successor, task.after, model.probability, model.written, model.seen,
        starts, np.cumsum(model.start[starts]), np.flatnonzero(edges),
        task.paid, task.bonus, task.learned, task.allowed, task.reference,
    )  # fmt: skip


def numbers_of(task: Task, settings: Settings, share: float = 1.0) -> Numbers:
    """Returns the numbers of a task and a learner when a share of the steps is done."""
    return Numbers(
        horizon=task.model.configuration.max_steps,
        update=UPDATES[settings.update],
        rate=settings.rate + share * (settings.last_rate - settings.rate),
        discount=float(task.discount),
        exploration=settings.exploration
        + share * (settings.last_exploration - settings.exploration),
        exploring_starts=float(settings.exploring_starts),
        temperature=float(task.temperature),
        quantile=float(task.quantile),
        pessimism=float(task.pessimism),
    )


def policy_in(task: Task, values: Floats) -> Floats:
    """Returns how a learner with values [sights, A] acts without exploration, float64 [S, A].

    Of equally good actions it takes the first.
    """
    found = np.zeros((task.model.num_states, task.model.num_actions))
    numbers = numbers_of(task, replace(Settings(), exploration=0.0, last_exploration=0.0))
    compiled(write_policies)(arrays_of(task), numbers, values, found)
    return found


@rule
def write_policies(task, numbers, values, found):  # type: ignore[no-untyped-def]
    """Writes the policy of every state, [S, A]."""
    behaviour = np.empty(values.shape[1])
    for s in range(len(found)):
        policy_of(task, numbers, values[task.seen[s]], s, found[s], behaviour)
