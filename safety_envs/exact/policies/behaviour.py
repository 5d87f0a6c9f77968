"""Behaviour: how a policy acts in each state that it reaches, and what follows from it.

Distributions and variances need every outcome of a step, where expectations need only their sums.
The outcomes are listed again when they are asked for, so that an evaluation keeps little.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.fields import some_of
from safety_envs.exact.models.enumeration import CHUNK
from safety_envs.exact.models.expand import Expander, Outcomes
from safety_envs.exact.models.fading import FadingMaps, fading_maps
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.information import Information
from safety_envs.exact.models.planning_model import PlanningModel
from safety_envs.exact.policies.choices import Floats, Worlds

Ints = npt.NDArray[np.int64]
Numbers = Callable[[Floats], Floats]
"""Takes plain numbers of outcomes, [E, numbers], and returns what counts of them, [E, columns]."""


class Edges(NamedTuple):
    """All outcomes of a policy's actions: S states, M modes of each, E edges."""

    first: Ints  # [S * M + 1]; the edges of state s in mode m are those of the row s * M + m
    successor: Ints  # [E]; -1 if the episode ends
    probability: Floats  # [E], over the policy's randomness too
    written: Floats  # [E, columns]


@dataclass(frozen=True)
class Behaviour:
    """How a policy acts in S states; in mode m of state s it takes actions of row s * M + m.

    A policy of observations has one mode. A planner has a mode for each action, and its plan says
    which is taken when.

    Attributes:
        configuration: the environment.
        worlds: structured [S], the world of each state.
        start: float64 [S], the probability that an episode starts in each state.
        modes: M.
        row, action, probability: [L] each joint action that is taken, and how likely in its row.
        plan: [T, S] the modes with t steps taken; None if there is one.
        successors: (states [N], a joint action, worlds afterwards [N]) -> numbers of states, int64
            [N]; None if states are worlds.
    """

    configuration: Configuration
    worlds: Worlds
    start: Floats
    modes: int
    row: Ints
    action: Ints
    probability: Floats
    plan: npt.NDArray[np.integer] | None = None
    successors: Callable[[Ints, int, Worlds], Ints] | None = None

    @property
    def num_states(self) -> int:
        """S."""
        return len(self.worlds)

    def modes_at(self, step: int) -> Ints:
        """Returns the modes of states, int64 [S], after `step` steps."""
        if self.plan is None:
            return np.zeros(self.num_states, np.int64)
        modes: Ints = self.plan[step].astype(np.int64)
        return modes

    def fading(self) -> FadingMaps | None:
        """Returns the maps of flags that fade after each action; None if none fade."""
        return fading_maps(self.configuration, indexed(self.worlds))

    def edges(self, numbers: Numbers) -> Edges:
        """Returns all outcomes, with what counts of them."""
        expander = Expander(self.configuration, without_fading=True)
        find = self.successors or _finder(indexed(self.worlds))
        rows, successors, probabilities, written = [], [], [], []
        order = np.argsort(self.action, kind="stable")
        bounds = np.flatnonzero(np.diff(self.action[order])) + 1
        for which in np.split(order, bounds):
            for begin in range(0, len(which), CHUNK):
                part = which[begin : begin + CHUNK]
                states, action = self.row[part] // self.modes, int(self.action[part[0]])
                out = expander.outcomes(some_of(self.worlds, states), [action])
                alive = ~out.terminated
                after = np.full(len(out.source), -1, np.int64)
                after[alive] = find(states[out.source[alive]], action, some_of(out.worlds, alive))
                rows.append(self.row[part][out.source])
                successors.append(after)
                probabilities.append(self.probability[part][out.source] * out.probability)
                written.append(numbers(plain_numbers(out)))
        row = np.concatenate(rows)
        order = np.argsort(row, kind="stable")
        counts = np.bincount(row, minlength=self.num_states * self.modes)
        return Edges(
            first=np.concatenate([[0], np.cumsum(counts)]),
            successor=np.concatenate(successors)[order],
            probability=np.concatenate(probabilities)[order],
            written=np.concatenate(written)[order],
        )


def indexed(worlds: Worlds) -> WorldIndex:
    """Returns an index in which distinct worlds [S] have the numbers 0 .. S-1."""
    index = WorldIndex(worlds.dtype)
    index.add(worlds)
    return index


def _finder(index: WorldIndex) -> Callable[[Ints, int, Worlds], Ints]:
    return lambda states, action, worlds: index.find(worlds)


def plain_numbers(out: Outcomes) -> Floats:
    """Returns the numbers of outcomes, [E, numbers], in the order of `Layout.slices`."""
    rewards = out.rewards.reshape(len(out.rewards), -1)
    return np.column_stack([rewards, out.terminated, out.channels, out.per_agent])


def of_plan(
    configuration: Configuration,
    worlds: Worlds,
    start: Floats,
    plan: npt.NDArray[np.integer],
    often: Floats,
) -> Behaviour:
    """Returns the behaviour of a plan [T, S] that takes actions in states so often, [S, A]."""
    state, action = np.nonzero(often > 0)
    return Behaviour(
        configuration=configuration,
        worlds=worlds,
        start=start,
        modes=often.shape[1],
        row=state * often.shape[1] + action,
        action=action,
        probability=np.ones(len(state)),
        plan=plan,
    )


def of_beliefs(
    known: PlanningModel,
    plan: npt.NDArray[np.integer],
    often: Floats,
    worlds: Worlds,
    probabilities: Floats,
) -> Behaviour:
    """Returns the behaviour of a plan over beliefs, in states that are pairs of belief and world.

    Args:
        known: the model of beliefs.
        plan: [T, beliefs].
        often: [beliefs, A] how often actions are taken.
        worlds: structured [K], the starts.
        probabilities: float64 [K].
    """
    assert known.tracker is not None, "there are beliefs"
    tracker, index = known.tracker, known.model.index
    configuration = known.model.configuration
    information = Information(configuration)
    seen = information.observations(index.worlds)
    acted = np.flatnonzero(often.any(axis=1))  # others are reached when an episode is over
    pairs = [(int(b), world) for b in acted for world, _ in tracker.beliefs[b]]
    number = {pair: state for state, pair in enumerate(pairs)}
    beliefs, places = np.array(pairs, np.int64).reshape(-1, 2).T
    start = np.zeros(len(pairs))
    for world, share in zip(index.find(worlds).tolist(), probabilities.tolist(), strict=True):
        start[number[tracker.begin[seen[world]], world]] += share

    def successors(states: Ints, action: int, after: Worlds) -> Ints:
        found = np.full(len(states), -1, np.int64)
        before = beliefs[states].tolist()
        for i, world in enumerate(index.find(after).tolist()):
            belief = tracker.follow[before[i], action][seen[world]]
            found[i] = number.get((belief, world), -1)
        return found

    behaviour = of_plan(
        configuration, index.worlds[places], start, plan[:, beliefs], often[beliefs]
    )
    return replace(behaviour, successors=successors)
