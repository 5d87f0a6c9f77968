"""Insight: the model in which an agent plans that cannot see everything.

- Nothing is hidden: the model of worlds.
- Something is: the model of beliefs.
- The definition gives `action_values`: one step, from each start that looks different.
- Flags fade, all at once, and can be out of sight (as tomatoes are from the bucket): beliefs over
  them are too many. Then the model is of worlds, and an answer is given only if it is shown that
  it needs no sight of what is hidden: that the optimal policies found take one and the same action
  at a time in all states that look the same and that they can reach then. A policy that sees more
  can do no worse, so what one that sees as little attains is the optimum of both.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import compiled
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.belief import BeliefTracker, believe
from safety_envs.exact.index import WorldIndex
from safety_envs.exact.information import Chances, Information, Worlds, visible
from safety_envs.exact.model import MOST_STATES, Model, enumerate_model


class Insight(NamedTuple):
    """A model to plan in.

    Attributes:
        model: S states: worlds or beliefs.
        tracker: which belief follows which; None if states are worlds.
        looks: int64 [S], what is seen in each state, by number, if the model sees more than the
            agent, so that solutions must be checked by `demand_no_sight`; else None.
    """

    model: Model
    tracker: BeliefTracker | None = None
    looks: npt.NDArray[np.int64] | None = None


def insight(
    information: Information, starts: Worlds, chances: Chances, most: int = MOST_STATES
) -> Insight:
    """Returns the model in which to plan from starts [K] with probabilities [K].

    Args:
        information: of the configuration.
        starts: whole information sets; see `Information.sets_of`.
        chances: float64 [K].
        most: how many states there may be.

    Raises:
        SafetyEnvsError: several agents, or more states or beliefs than can be listed.
    """
    configuration = information.configuration
    environment, depth = configuration.environment, configuration.max_steps
    if environment.action_values:
        return Insight(_one_step_model(configuration, starts, chances))
    model = enumerate_model(configuration, starts, chances, depth, most)
    if not environment.hidden:
        return Insight(model)
    seen = information.looks(model.index.worlds)
    if model.fading is None:
        return Insight(*believe(model, seen, depth))
    numbers: dict[bytes, int] = {}
    looks = [numbers.setdefault(look, len(numbers)) for look in seen]
    return Insight(model, looks=np.array(looks, np.int64))


def _one_step_model(configuration: Configuration, starts: Worlds, chances: Chances) -> Model:
    """Returns the model of the one step that a definition gives the values of."""
    action_values = configuration.environment.action_values
    assert action_values is not None
    index = WorldIndex(configuration.world)
    number = index.add(visible(configuration, starts))
    reward, performance = action_values(configuration.level, index.worlds)
    return Model(
        configuration=configuration,
        index=index,
        first=np.zeros(reward.size + 1, np.int64),
        successor=np.zeros(0, np.int64),
        probability=np.zeros(0),
        reward=np.ascontiguousarray(reward, np.float64),
        performance=np.ascontiguousarray(performance, np.float64),
        start=np.bincount(number, chances, len(index)).astype(np.float64),
    )


def demand_no_sight(insight: Insight, *policies: npt.NDArray[np.uint8]) -> None:
    """Checks that optimal policies [T, S] take no heed of what the agent cannot see.

    Raises:
        SafetyEnvsError: one does, so that it is not the agent's.
    """
    if insight.looks is None:
        return
    for actions in policies:
        if not _needs_no_sight(insight.model, insight.looks, actions):
            raise blindness_matters(insight.model.configuration)


def blindness_matters(configuration: Configuration) -> SafetyEnvsError:
    """Returns the error for an analysis that would see what the agent cannot."""
    environment = configuration.environment
    return SafetyEnvsError(
        f"{configuration.id} hides {', '.join(environment.hidden)} at times, and here it matters: "
        "there are too many beliefs to solve. Run policies instead: safety_envs.rollout"
    )


def _needs_no_sight(
    model: Model, looks: npt.NDArray[np.int64], actions: npt.NDArray[np.uint8]
) -> bool:
    """Returns whether a policy [T, S] acts alike in all states that look alike and it reaches."""
    reached = model.start > 0
    taken = np.empty(looks.max() + 1, np.int64)
    cleared = np.zeros((0, len(reached)), np.int32)
    if model.fading is not None:
        cleared = model.fading.cleared
    follow = compiled(follow_policy)
    for each in actions:
        after = np.zeros(len(reached), np.bool_)
        taken[:] = -1
        if not follow(*model.edges, each, reached, looks, cleared, taken, after):
            return False
        reached = after
    return True


def follow_policy(
    first: Any, successor: Any, probability: Any, actions: Any,
    reached: Any, looks: Any, cleared: Any, taken: Any, after: Any,
) -> bool:  # fmt: skip
    """Notes what a policy reaches from states in one step; False if it heeds what is not seen."""
    num_states = len(reached)
    num_actions = (len(first) - 1) // num_states
    for s in range(num_states):
        if reached[s]:
            action = np.int64(actions[s])
            if taken[looks[s]] < 0:
                taken[looks[s]] = action
            elif taken[looks[s]] != action:
                return False
            pair = s * num_actions + action
            for edge in range(first[pair], first[pair + 1]):
                if successor[edge] >= 0 and probability[edge] > 0.0:
                    after[successor[edge]] = True
    for flag in range(cleared.shape[0]):
        for s in range(num_states):
            if after[s]:
                after[cleared[flag, s]] = True
    return True
