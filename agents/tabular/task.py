"""Tasks: what a tabular learner experiences, as a value that methods change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs import ListedModel, SafetyEnvsError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Moment:
    """A pause in learning, in which a method may look and change what follows.

    Attributes:
        task: what the learner experiences.
        share: of the steps that are done, above 0; 1 at the end.
        policy: float64 [S, A], how the learner would act without exploration.
        means: metric -> its mean over the episodes that have ended since the last pause; empty if
            none has.
    """

    task: "Task"
    share: float
    policy: Floats
    means: Mapping[str, float]


Control = Callable[[Moment], "Task"]
"""Is called in every pause, and returns the task from then on."""


@dataclass(frozen=True)
class Task:
    """What a learner experiences on a listed model; S states, A actions, E edges.

    The learner is paid `paid` of the edge plus `bonus` of the time, the state and the action. It
    maximises, with the policy pi that the task's temperature or quantile describes,

        E[sum over t of discount^t (payment_t - temperature log(pi(a_t|s_t) / reference(a_t|s_t)))]

    Attributes:
        model: the environment.
        discount: of the next step.
        seed: of the run, from which a method may spread its own.
        steps: of the whole training, for methods that learn something beforehand.
        paid: float64 [E].
        bonus: float64 [1, S, A], or [T, S, A] if it depends on the number of steps taken.
        learned: int64 [E], the action whose value an edge moves.
        allowed: bool [S, A], the actions that are available; at least one in every state.
        reference: float64 [S, A], probabilities of a reference policy, all above 0.
        temperature: the price of a nat of divergence from the reference; 0: none.
        quantile: act like the reference, restricted to this share of its best actions; 0: the best.
        pessimism: how much the worst action of the next state counts beside its value, in [0, 1].
        valued: int64 [E], the state whose value counts after an edge; None: its successor.
        control: what is done in pauses.
        final: float64 [S, A]: learning stops in the next pause, and this is the result.
        details: what a method found, as JSON data for the record.
    """

    model: ListedModel
    discount: float
    seed: int
    steps: int
    paid: Floats
    bonus: Floats
    learned: Ints
    allowed: Mask
    reference: Floats
    temperature: float = 0.0
    quantile: float = 0.0
    pessimism: float = 0.0
    valued: Ints | None = None
    control: Control | None = None
    final: Floats | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def expected(self) -> Floats:
        """The expected payment of every action at time 0, float64 [S, A]."""
        found: Floats = self.model.expected(self.paid) + self.bonus[0]
        return found

    @property
    def after(self) -> Ints:
        """The state whose value counts after each edge, int64 [E]."""
        return self.model.successor if self.valued is None else self.valued

    def with_allowed(self, allowed: Mask) -> "Task":
        """Returns the task with only some of its actions.

        Raises:
            SafetyEnvsError: none is left in some state.
        """
        left = self.allowed & allowed
        if not left.any(axis=1).all():
            state = int(np.flatnonzero(~left.any(axis=1))[0])
            raise SafetyEnvsError(f"no action is left in state {state} of {self.model.num_states}")
        return replace(self, allowed=left)


def task_of(model: ListedModel, discount: float, seed: int = 0, steps: int = 0) -> Task:
    """Returns the task of maximising the reward of the environment."""
    states, actions = model.num_states, model.num_actions
    return Task(
        model=model,
        discount=discount,
        seed=seed,
        steps=steps,
        paid=model.column("reward").copy(),
        bonus=np.zeros((1, states, actions)),
        learned=model.pair % actions,
        allowed=np.ones((states, actions), np.bool_),
        reference=np.full((states, actions), 1.0 / actions),
    )
