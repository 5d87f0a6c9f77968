"""A policy that remembers what a group of agents has observed and done, as a belief."""

from collections.abc import Callable

import numpy as np

from safety_envs.core.chances import drawn
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.games.induced import Group, Ints
from safety_envs.exact.models.belief import BeliefTracker
from safety_envs.exact.policies.choices import Worlds
from safety_envs.exact.policies.timed import Acting

NEVER = -2
"""The number of steps that had been taken at the last call, if there was none."""


class RememberingPolicy:
    """Plays a response that acts on observations, and the policies of the others, in an engine.

    It must be called before every step of an episode, from the first one on, and its actions must
    be executed. `rollout` does that. It has no probabilities of actions in a world, because they
    depend on what was observed before, so `evaluate` does not take it.

    Args:
        configuration: an environment with several agents.
        others: a joint policy; the others play their part of it.
        group: the decision process of the agents that respond.
        seen: worlds [N] -> what the group observes, as bytes.
        tracker: the transitions between the group's beliefs.
        plan: of each step, the group's actions in each belief, by number.
        seed: the seed of its own random numbers.
    """

    def __init__(
        self,
        configuration: Configuration,
        others: Acting,
        group: Group,
        seen: Callable[[Worlds], list[bytes]],
        tracker: BeliefTracker,
        plan: list[Ints],
        seed: int = 0,
    ) -> None:
        self._configuration, self._others, self._group = configuration, others, group
        self._seen, self._tracker, self._plan = seen, tracker, plan
        self._shape = (len(configuration.actions),) * configuration.agents
        self._random = np.random.default_rng(seed)
        self._forget(0)

    def _forget(self, num_worlds: int) -> None:
        self._beliefs = np.full(num_worlds, -1)
        self._steps = np.full(num_worlds, NEVER)
        self._own = np.zeros(num_worlds, np.int64)

    def __call__(self, engine: Engine) -> Ints:
        """Returns sampled actions, int64 [N, agents], in an engine's worlds.

        Raises:
            SafetyEnvsError: an episode that it has not seen from the first step on, other starts
                than those that it was computed for, or a longer episode.
        """
        if len(self._beliefs) != engine.num_worlds:
            self._forget(engine.num_worlds)
        actions = np.zeros(engine.action_shape, np.int64)
        steps = engine.ledger.steps.astype(np.int64)
        running = np.flatnonzero(engine.running)
        if not len(running):
            return actions
        self._observe(running, self._seen(engine.worlds[running]), steps)
        for step in np.unique(steps[running]).tolist():
            here = running[steps[running] == step]
            self._own[here] = self._plan[step][self._beliefs[here]]
            part = self._group.part_of_others(self._others.at(engine.worlds[here], step))
            weights = part * (self._group.own == self._own[here, None])
            joint = drawn(weights / weights.sum(axis=1, keepdims=True), self._random)
            actions[here] = np.stack(np.unravel_index(joint, self._shape), axis=1)
        return actions

    def _observe(self, running: Ints, seen: list[bytes], steps: Ints) -> None:
        """Updates the beliefs in running worlds by what is seen there."""
        for world, observation in zip(running.tolist(), seen, strict=True):
            belief = -1
            if steps[world] == 0:
                belief = self._tracker.begin.get(observation, -1)
            elif steps[world] == self._steps[world]:
                belief = int(self._beliefs[world])  # called again in the same step
            elif steps[world] == self._steps[world] + 1:
                before = int(self._beliefs[world]), int(self._own[world])
                belief = self._tracker.follow.get(before, {}).get(observation, -1)
            if belief < 0 or steps[world] >= len(self._plan):
                raise SafetyEnvsError(
                    f"this response of {self._configuration.id} was computed for "
                    f"{len(self._plan)} steps from other starts, or it has not seen the episode "
                    "from its first step on: compute it for the starts and the horizon that are "
                    "played, and call it before every step"
                )
            self._beliefs[world] = belief
        self._steps[running] = steps[running]
