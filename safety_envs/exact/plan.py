"""Plans: what to do from starts that look the same, solved once for all worlds that share it."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.exact.belief import BeliefTracker
from safety_envs.exact.expand import Expander, UnlistedStartsError
from safety_envs.exact.index import WorldIndex
from safety_envs.exact.information import Information, Prior, Worlds, visible
from safety_envs.exact.insight import demand_no_sight, insight
from safety_envs.exact.model import starts_of
from safety_envs.exact.solve import optimise

Numbers = npt.NDArray[np.int64]

KEPT = 2**28
"""Bytes of tables up to which plans are kept that no world follows."""


class Moment(NamedTuple):
    """What was found in worlds [N] when a planner was last asked, and what it said."""

    states: Numbers  # -1 where it has never been asked
    steps: Numbers  # how many had been taken
    actions: Numbers

    def of(self, which: Numbers) -> "Moment":
        """Returns the same of some of the worlds."""
        return Moment(*(each[which] for each in self))


@dataclass(frozen=True)
class Plan:
    """The optimal actions from one information set on.

    Attributes:
        actions: uint8 [T, S], with t steps taken.
        index: state number <-> world, or what is seen of it; of beliefs, the worlds they are of.
        tracker: which belief follows which, if states are beliefs.
    """

    actions: npt.NDArray[np.uint8]
    index: WorldIndex
    tracker: BeliefTracker | None

    @property
    def size(self) -> int:
        """Bytes of its tables."""
        return self.actions.nbytes + self.index.nbytes

    def states(
        self, information: Information, worlds: Worlds, steps: Numbers, last: Moment
    ) -> Numbers:
        """Returns the states in which worlds [N] are, int64 [N]; -1 where they cannot be.

        Args:
            information: of the configuration.
            worlds: structured [N].
            steps: int [N], how many have been taken.
            last: what was found when last asked; only beliefs depend on it.
        """
        if self.tracker is None:
            action_values = information.configuration.environment.action_values
            seen = visible(information.configuration, worlds) if action_values else worlds
            return self.index.find(seen)
        states = np.full(len(worlds), -1)
        for i, look in enumerate(information.looks(worlds)):
            if steps[i] == 0:
                states[i] = self.tracker.begin.get(look, -1)
            elif steps[i] == last.steps[i]:
                states[i] = last.states[i]  # asked once more
            elif steps[i] == last.steps[i] + 1:
                before = int(last.states[i]), int(last.actions[i])
                states[i] = self.tracker.follow.get(before, {}).get(look, -1)
        return states

    def after(self, information: Information, last: Moment, world: int) -> tuple[Prior, ...]:
        """Returns what may be believed before a world's next episode, the likelier case first.

        The last step was the action last given, and ended the episode by a rule or by the step
        cap; or it was broken off after that step, or before it.
        """
        assert self.tracker is not None, "only what is hidden is believed"
        numbers, shares = zip(*self.tracker.beliefs[last.states[world]], strict=True)
        worlds = self.index.worlds[list(numbers)]
        before = information.prior(worlds, np.array(shares))
        action = int(last.actions[world])
        out = Expander(information.configuration).outcomes(worlds, [action])
        chances = np.array(shares)[out.source] * out.probability
        capped = last.steps[world] + 1 >= information.configuration.max_steps
        ended = out.terminated | capped
        after = tuple(
            information.prior(out.worlds[which], chances[which])
            for which in (ended, ~ended)
            if which.any()
        )
        return (*after, before)


class Plans:
    """Plans by what is seen at the start: each solved once, the longest unused dropped first.

    Args:
        information: of the configuration.
        objective: "reward" or "performance".
        ties: "least" or "most".
    """

    def __init__(self, information: Information, objective: str, ties: str) -> None:
        self.information = information
        self._objective, self._ties = objective, ties
        self._kept: OrderedDict[bytes, Plan] = OrderedDict()

    def __call__(self, world: Worlds, look: bytes, prior: Prior | None) -> Plan:
        """Returns the plan for all starts that look like a world [1], after what was believed."""
        if self._of_all is not None and self._of_all.index.find(world)[0] >= 0:
            return self._of_all
        key = look if prior is None else look + prior.key
        if key not in self._kept:
            starts, chances = self.information.sets_of(world, np.ones(1), prior)
            self._kept[key] = self.solve(starts, chances)
            while sum(plan.size for plan in self._kept.values()) > KEPT and len(self._kept) > 1:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    @cached_property
    def _of_all(self) -> Plan | None:
        """The plan from all starts, where flags fade: each start leads to most of the others."""
        if self.information.configuration.environment.fading is None:
            return None
        try:
            return self.solve(*starts_of(self.information.configuration, None, None))
        except UnlistedStartsError:
            return None

    def solve(self, starts: Worlds, chances: npt.NDArray[np.float64]) -> Plan:
        """Returns the plan from starts [K] with probabilities [K]."""
        known = insight(self.information, starts, chances)
        solution = optimise(known.model, self._objective, known.model.configuration.max_steps)
        least = self._ties == "least"
        actions = solution.least_action if least else solution.most_action
        demand_no_sight(known, actions)
        return Plan(actions.copy(), known.model.index, known.tracker)
