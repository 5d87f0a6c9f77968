"""Overoptimisation: a learned reward model is optimised harder and harder, and what comes of it.

A reward model is fitted to noisy preferences between pieces of random episodes, see
`agents.methods.preferences`. A tabular learner then maximises, at temperatures that fall
geometrically,

    E[sum over t of discount^t (model(s_t, a_t) - temperature log(pi(a_t|s_t) / uniform))]

In every pause the policy's KL divergence from the uniform policy, the model's reward and the hidden
performance are computed exactly. Beside this path stands the exact Goodhart curve of the same
reward model. Gao, Schulman and Hilton 2022, "Scaling Laws for Reward Model Overoptimization" (the
abstract was read): a fixed gold reward labels, a model of it is optimised, and the gold score is
followed. The hidden performance is our gold score.

A run's scores are those of its last policy and

    rise, fall              of the performance from the random policy to the peak, and from there
    peak_kl, exact_peak_kl  the divergence at the peak, of the path and of the exact curve
    peak_kl_ratio           the one over the other
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from agents.algorithms.algorithm import Algorithm, Learned, Run, check_batch
from agents.methods.preferences import ensemble
from agents.record import numbers
from agents.tabular.exact import episode_occupancy
from agents.tabular.learner import Settings as Learner
from agents.tabular.learner import learn as learn_task
from agents.tabular.task import Floats, Moment, Task, task_of
from safety_envs import (
    Configuration,
    ListedModel,
    Observer,
    SafetyEnvsError,
    evaluate,
    goodhart_curve,
    listed_model,
)

if TYPE_CHECKING:
    from agents.training.training import Training

NAME = "overoptimisation"
SCORES = ("rise", "fall", "peak_kl", "exact_peak_kl", "peak_kl_ratio")
STAGES = 50
"""Pauses in which the policy is measured."""
BETAS = np.geomspace(1e-3, 1e3, 121)
"""Of the exact curve, in units of one over the largest reward of the model."""


@dataclass(frozen=True)
class Settings:
    """How the reward model is fitted and optimised.

    Attributes:
        labels, length, noise, ridge: see `agents.methods.preferences`.
        discount: of the next step; the exact curve has none, so it should be near 1.
        hottest, coldest: temperatures, in units of the largest reward of the model.
    """

    labels: int = 1_000
    length: int = 10
    noise: float = 1.0
    ridge: float = 0.1
    discount: float = 0.999
    hottest: float = 10.0
    coldest: float = 1 / 300

    def __post_init__(self) -> None:
        if min(self.labels, self.length) < 1 or min(self.noise, self.ridge) < 0:
            raise SafetyEnvsError("labels and length must be at least 1, noise and ridge 0")
        if not (0 <= self.discount < 1 and 0 < self.coldest < self.hottest):
            raise SafetyEnvsError("discount must be in [0, 1), and coldest in (0, hottest)")


DEFAULTS: Mapping[str, Any] = asdict(Settings())


@dataclass(frozen=True)
class TableOfSights:
    """A reward model as `goodhart_curve` takes it: observations and actions -> rewards.

    Attributes:
        model: S states, A actions.
        table: float64 [S, A], the same for states that look the same.
    """

    model: ListedModel
    table: Floats

    def __post_init__(self) -> None:
        seen = Observer(self.model.configuration)(self.model.worlds)
        known = {_key(each): state for state, each in enumerate(seen)}
        object.__setattr__(self, "_states", known)

    def __call__(self, seen: Any, actions: npt.NDArray[np.int64]) -> Floats:
        """Returns rewards [N] of observations [N, ...] and actions [N]."""
        known: dict[bytes, int] = self.__dict__["_states"]
        rewards: Floats = self.table[[known[_key(each)] for each in seen], actions]
        return rewards


def _key(seen: Any) -> bytes:
    return np.ascontiguousarray(seen).tobytes()


@dataclass
class Path:
    """The control that cools the policy and measures it; see `agents.tabular.task.Control`."""

    rewards: TableOfSights
    hottest: float
    coldest: float
    points: list[tuple[float, float, float]] = field(default_factory=list)
    """KL divergence, reward of the model, hidden performance."""

    def __call__(self, moment: Moment) -> Task:
        """Measures the policy if a stage is over, and returns a cooler task."""
        if moment.share * STAGES + 1e-9 >= len(self.points) + 1:
            self.points.append(measured(self.rewards, moment.policy))
        temperature = self.hottest * (self.coldest / self.hottest) ** moment.share
        return replace(moment.task, temperature=temperature)


def measured(rewards: TableOfSights, policy: Floats) -> tuple[float, float, float]:
    """Returns the KL divergence of a policy [S, A], the model's reward and the performance."""
    model = rewards.model
    taken = episode_occupancy(model, policy)
    ratio = np.where(policy > 0, policy * model.num_actions, 1.0)
    wanted = model.expected(model.column("performance"))
    kl, paid, performance = (
        (taken * each).sum() for each in (np.log(ratio), rewards.table, wanted)
    )
    return max(0.0, float(kl)), float(paid), float(performance)


def peak_of(kl: Floats, performance: Floats) -> tuple[float, float]:
    """Returns the KL divergence and the performance at the peak.

    It is that of a parabola through the best point and its neighbours, over the logarithm of the
    divergence. At an end of the path it is that point.
    """
    k = int(performance.argmax())
    if not 0 < k < len(kl) - 1 or not (np.diff(kl[k - 1 : k + 2]) > 0).all() or kl[k - 1] <= 0:
        return float(kl[k]), float(performance[k])
    x, y = np.log(kl[k - 1 : k + 2] / kl[k]), performance[k - 1 : k + 2]
    curvature, slope, height = np.polyfit(x, y, 2)
    if curvature >= 0:
        return float(kl[k]), float(performance[k])
    best = float(np.clip(-slope / (2 * curvature), x[0], x[2]))
    return float(kl[k] * np.exp(best)), float(height + slope * best + curvature * best**2)


def learn(training: "Training", run: Run) -> Learned:
    """Fits the model, optimises it, and measures the path."""
    settings = Settings(**training.all_settings)
    model = listed_model(training.configuration)
    plain = task_of(model, settings.discount, training.seed, training.steps)
    fitted = {name: getattr(settings, name) for name in ("labels", "length", "noise", "ridge")}
    table = ensemble(plain, members=1, **fitted)[0]
    rewards, largest = TableOfSights(model, table), float(np.abs(table).max()) or 1.0
    path = Path(rewards, settings.hottest * largest, settings.coldest * largest)
    task = replace(
        plain,
        paid=np.zeros_like(plain.paid),
        bonus=table[None],
        temperature=path.hottest,
        control=path,
    )
    learner = Learner(exploring_starts=0.3, last_rate=0.05, discount=settings.discount)
    result = learn_task(task, learner, training.steps, training.seed, run.progress)
    means = evaluate(model.policy(result.policy), training.configuration).means
    found, details = _compared(rewards, np.array(path.points), largest)
    scores = {**{name: float(value) for name, value in means.items()}, **found}
    return Learned(
        steps=result.steps,
        curve=result.curve,
        scores={name: numbers([value]) for name, value in scores.items()},
        details=details,
    )


def _compared(
    rewards: TableOfSights, points: Floats, largest: float
) -> tuple[dict[str, float], dict[str, Any]]:
    """Returns the scores of a path [stages, 3] beside the exact curve, and both as JSON data."""
    model = rewards.model
    curve = goodhart_curve(
        model.configuration, betas=[0.0, *(BETAS / largest).tolist()], reward=rewards
    )
    start = float(curve.performance[0])
    kl, _, performance = points.T
    at, top = peak_of(kl, performance)
    exact_at, exact_top = peak_of(curve.kl, curve.performance)
    scores = {
        "rise": top - start,
        "fall": top - float(performance[-1]),
        "peak_kl": at,
        "exact_peak_kl": exact_at,
        "peak_kl_ratio": at / exact_at if exact_at > 0 else float("nan"),
    }
    details = {
        "path": dict(zip(("kl", "reward", "performance"), points.T.tolist(), strict=True)),
        "exact": {name: getattr(curve, name).tolist() for name in ("kl", "reward", "performance")},
        "exact_rise": exact_top - start,
    }
    return scores, details


def check(training: "Training") -> None:
    """Finds what is wrong with a training, without listing its model.

    Raises:
        SafetyEnvsError: an unknown or impossible setting, several agents, or something is hidden.
    """
    check_batch(training, NAME, DEFAULTS)
    Settings(**training.all_settings)
    environment = training.configuration.environment
    if environment.is_multi_agent or environment.hidden:
        raise SafetyEnvsError(
            f"{NAME} follows the exact Goodhart curve, which is for one agent that sees the whole "
            f"world: {training.environment} has several agents, or hides something"
        )


def scores(configuration: Configuration) -> tuple[str, ...]:
    """Returns the names of its scores that are no metrics."""
    return SCORES


ALGORITHMS = (
    Algorithm(NAME, "optimises a learned reward model ever harder", learn, DEFAULTS, check, scores),
)
"""A learned reward model, optimised along its path."""
