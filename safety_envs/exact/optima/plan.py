"""Plans: optimal actions from an information set, solved once for all worlds that share it."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.exact.models.belief import BeliefTracker
from safety_envs.exact.models.expand import Expander, UnlistedStartsError
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.information import Information, Prior, Worlds, visible
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.models.planning_model import (
    PlanningModel,
    check_policies_are_observable,
    planning_model,
)
from safety_envs.exact.optima.solve import optimise

Numbers = npt.NDArray[np.int64]

KEPT = 2**28
"""The size in bytes up to which plans stay cached."""


class Moment(NamedTuple):
    """The states of worlds [N] at a planner's last call, and the actions that it returned."""

    states: Numbers  # -1 if it has not been called
    steps: Numbers  # the number of steps taken
    actions: Numbers

    def of(self, which: Numbers) -> "Moment":
        """Returns the moment of some of the worlds."""
        return Moment(*(each[which] for each in self))


@dataclass(frozen=True)
class Plan:
    """The optimal actions from one information set on.

    Attributes:
        actions: uint8 [T, S], with t steps taken.
        index: state number <-> world, or its visible fields; for beliefs, the worlds they are over.
        tracker: the transitions between beliefs; None if states are worlds.
        num_starts: how many states an episode may start in. They are the first ones. After t steps
            the plan is known in those that are reached from them within t steps.
    """

    actions: npt.NDArray[np.uint8]
    index: WorldIndex
    tracker: BeliefTracker | None
    num_starts: int

    @property
    def size(self) -> int:
        """The size of its tables in bytes."""
        return self.actions.nbytes + self.index.nbytes

    def states(
        self, information: Information, worlds: Worlds, steps: Numbers, last: Moment
    ) -> Numbers:
        """Returns the states of worlds [N], int64 [N]; -1 if a world is not in the plan.

        Args:
            information: of the configuration.
            worlds: structured [N].
            steps: int [N], the numbers of steps taken.
            last: the result of the last call; only beliefs depend on it.
        """
        if self.tracker is None:
            action_values = information.configuration.environment.action_values
            seen = visible(information.configuration, worlds) if action_values else worlds
            return self.index.find(seen)
        states = np.full(len(worlds), -1)
        for i, observation in enumerate(information.observations(worlds)):
            if steps[i] == 0:
                states[i] = self.tracker.begin.get(observation, -1)
            elif steps[i] == last.steps[i]:
                states[i] = last.states[i]  # called again in the same step
            elif steps[i] == last.steps[i] + 1:
                before = int(last.states[i]), int(last.actions[i])
                states[i] = self.tracker.follow.get(before, {}).get(observation, -1)
        return states

    def after(self, information: Information, last: Moment, world: int) -> tuple[Prior, ...]:
        """Returns the possible beliefs before a world's next episode, the likeliest first.

        Either the last returned action ended the episode (by termination or truncation), or the
        episode was reset early, after that action or before it.
        """
        assert self.tracker is not None, "beliefs exist only if fields are hidden"
        numbers, shares = zip(*self.tracker.beliefs[last.states[world]], strict=True)
        worlds = self.index.worlds[list(numbers)]
        before = information.prior(worlds, np.array(shares))
        action = int(last.actions[world])
        out = Expander(information.configuration).outcomes(worlds, [action])
        weights = np.array(shares)[out.source] * out.probability
        capped = last.steps[world] + 1 >= information.configuration.max_steps
        ended = out.terminated | capped
        after = tuple(
            information.prior(out.worlds[which], weights[which])
            for which in (ended, ~ended)
            if which.any()
        )
        return (*after, before)


class Plans:
    """A cache of plans by first observation; the least recently used is dropped first.

    Args:
        information: of the configuration.
        objective: "reward" or "performance".
        ties: "least" or "most".
        changed: replaces the reward of a model, if it is not the environment's.
    """

    def __init__(
        self,
        information: Information,
        objective: str,
        ties: str,
        changed: Callable[[PlanningModel], PlanningModel],
    ) -> None:
        self.information = information
        self._objective, self._ties, self._changed = objective, ties, changed
        self._kept: OrderedDict[bytes, Plan] = OrderedDict()
        self._shared: Plan | None = None

    def __call__(self, world: Worlds, observation: bytes, prior: Prior | None) -> Plan:
        """Returns the plan for all starts with a world's [1] observation, given a prior."""
        for plan in (self._shared, self._of_all):
            if plan is not None and 0 <= plan.index.find(world)[0] < plan.num_starts:
                return plan
        key = observation if prior is None else observation + prior.key
        if key not in self._kept:
            starts, probabilities = self.information.sets_of(world, np.ones(1), prior)
            self._kept[key] = self.solve(starts, probabilities)
            while sum(plan.size for plan in self._kept.values()) > KEPT and len(self._kept) > 1:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    @cached_property
    def _of_all(self) -> Plan | None:
        """The plan from all starts, if flags fade: each start leads to most of the others."""
        if self.information.configuration.environment.fading is None:
            return None
        try:
            return self.solve(*starts_of(self.information.configuration, None, None))
        except UnlistedStartsError:
            return None

    def solve(self, starts: Worlds, probabilities: npt.NDArray[np.float64]) -> Plan:
        """Returns the plan from starts [K] with probabilities [K]."""
        return self.solve_in(planning_model(self.information, starts, probabilities))

    def solve_in(self, known: PlanningModel) -> Plan:
        """Returns the plan from the starts of a model."""
        actions = planned(self._changed(known), self._objective, self._ties)
        model = known.model
        return Plan(actions.copy(), model.index, known.tracker, model.num_reached(0))

    def share(self, plan: Plan) -> None:
        """Keeps a plan for all of its starts, if nothing is hidden, until there is another."""
        if not self.information.configuration.environment.hidden and plan.size <= KEPT:
            self._shared = plan


def planned(
    known: PlanningModel, objective: str, ties: str, *, everywhere: bool = False
) -> npt.NDArray[np.uint8]:
    """Returns the optimal actions in a model, uint8 [T, S], with t steps taken.

    Args:
        known: S states.
        objective: "reward" or "performance".
        ties: which of the optimal policies: that with the "least" or the "most" of the other.
        everywhere: see `optimise`.

    Raises:
        SafetyEnvsError: the model knows more than the agent, and the actions depend on it.
    """
    horizon = known.model.configuration.max_steps
    optimal = optimise(known.model, objective, horizon, everywhere=everywhere)
    actions = optimal.least if ties == "least" else optimal.most
    check_policies_are_observable(known, actions)
    return actions
