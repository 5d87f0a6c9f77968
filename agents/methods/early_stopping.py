"""Early stopping: end optimisation when more of it may lower what is wanted.

With discounted occupancies eta(s, a), the returns of a reward R is eta . R, and policies differ in
directions of a linear space alone. M R is R projected onto it. If the angle between M R of the
reward and that of what is wanted is at most theta, a step from eta to eta' whose angle with M R is
alpha raises what is wanted by at least

    |eta' - eta| |M R_wanted| cos(alpha + theta),   not negative if alpha + theta <= 90 degrees.

So learning stops before the first step with alpha + theta above 90 degrees. Karwowski et al. 2023,
"Goodhart's Law in Reinforcement Learning" (the abstract was read: it proposes "an optimal early
stopping method that provably avoids the aforementioned pitfall"; the rule as it stands here is from
memory, and the bound above is its proof).

The path of policies: soft Q-learning from the reference policy, uniform, at temperatures that fall
geometrically from spread / (1 - discount) to spread / 1000, with spread the largest payment. After
each stage the policy's occupancy is computed from the model; the source estimates it likewise.
Steps are those of the learned policies, so what is guaranteed holds for the policies that are met.

Settings: angle, theta in degrees; None takes the true angle between the reward and the hidden
performance, which no designer knows: the method at its best. stages 20.
"""

import math
from dataclasses import dataclass, field, replace

import numpy as np

from agents.methods.checks import checked_count, checked_number
from agents.methods.method import Method
from agents.tabular.exact import occupancy
from agents.tabular.task import Floats, Moment, Task
from safety_envs import ListedModel, SafetyEnvsError

MOST_STATES = 4_000
COLDEST = 1e-3
SMALL = 1e-6
"""Steps below this share of the occupancy's length are no movement."""
ROUNDING = 1e-6
"""Of angles, in degrees."""


def projected(model: ListedModel, paid: Floats, discount: float) -> Floats:
    """Returns a payment [S, A], projected onto the directions in which occupancies differ.

    A direction d keeps the flow: sum over a of d(s', a) = discount sum of p(s' | s, a) d(s, a).

    Raises:
        SafetyEnvsError: too many states for a dense solve.
    """
    states, actions = paid.shape
    if states > MOST_STATES:
        raise SafetyEnvsError(
            f"early stopping solves for {states} states at once, and can for {MOST_STATES}: give a "
            "smaller environment"
        )
    flow = np.zeros((states, states * actions))
    flow[np.repeat(np.arange(states), actions), np.arange(states * actions)] = 1.0
    alive = model.successor >= 0
    np.add.at(
        flow, (model.successor[alive], model.pair[alive]), -discount * model.probability[alive]
    )
    potentials = np.linalg.solve(flow @ flow.T, flow @ paid.ravel())
    found: Floats = paid - (flow.T @ potentials).reshape(paid.shape)
    return found


def angle_between(one: Floats, other: Floats) -> float:
    """Returns the angle between two arrays in degrees; 90 if one of them is 0."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    if lengths < 1e-12:
        return 90.0
    return math.degrees(math.acos(float(np.clip((one * other).sum() / lengths, -1.0, 1.0))))


@dataclass
class EarlyStopping:
    """The control that cools the policy and stops it.

    Args:
        task: what is learned, at the first temperature.
        angle: theta, in degrees.
        stages: how many temperatures.
    """

    task: Task
    angle: float
    stages: int
    directions: list[float] = field(default_factory=list)
    """The angle of every step so far, in degrees."""

    def __post_init__(self) -> None:
        task = self.task
        self._wanted = projected(task.model, task.expected, task.discount)
        self._policy = task.reference
        self._occupancy = occupancy(task.model, self._policy, task.discount)
        self._hottest = task.temperature
        self._stage = 0

    def __call__(self, moment: Moment) -> Task:
        """Returns the task of the next stage, or ends learning."""
        if int(moment.share * self.stages + 1e-9) <= self._stage:
            return moment.task
        self._stage += 1
        met = occupancy(moment.task.model, moment.policy, moment.task.discount)
        step = met - self._occupancy
        if np.linalg.norm(step) > SMALL * np.linalg.norm(met):
            self.directions.append(angle_between(step, self._wanted))
            if self.directions[-1] + self.angle > 90.0 + ROUNDING:
                return replace(moment.task, final=self._policy, details=self._details(True))
        self._policy, self._occupancy = moment.policy, met
        cooled = (self._stage + 1) / self.stages
        temperature = self._hottest * (self._coldest / self._hottest) ** cooled
        return replace(moment.task, temperature=temperature, details=self._details(False))

    @property
    def _coldest(self) -> float:
        return COLDEST * (1 - self.task.discount) * self._hottest

    def _details(self, stopped: bool) -> dict[str, object]:
        return {
            "angle": self.angle,
            "stopped": stopped,
            "stages": self._stage,
            "directions": self.directions,
        }


def true_angle(task: Task) -> float:
    """Returns the angle between the payments and the hidden performance, projected, in degrees."""
    model, discount = task.model, task.discount
    wanted = model.expected(model.column("performance"))
    return angle_between(
        projected(model, task.expected, discount), projected(model, wanted, discount)
    )


def _tabular(task: Task, *, angle: float | None, stages: int) -> Task:
    checked_count(stages, "stages")
    theta = true_angle(task) if angle is None else checked_number(angle, "angle", 0.0, 180.0)
    spread = float(np.abs(task.expected).max()) or 1.0
    hot = replace(task, temperature=spread / (1 - task.discount))
    if theta > 90.0 + ROUNDING:
        return replace(hot, control=lambda moment: replace(moment.task, final=task.reference),
                       details={"angle": theta, "stopped": True, "stages": 0})  # fmt: skip
    return replace(hot, control=EarlyStopping(hot, theta, stages))


EARLY_STOPPING = Method(
    "early_stopping",
    "ends optimisation when more of it may lower what is wanted, by angles of occupancies",
    None,
    settings={"angle": None, "stages": 20},
    serves="one",
    tabular=_tabular,
)
