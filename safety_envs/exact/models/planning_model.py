"""The model in which a partially observing agent plans.

- Without hidden fields: the model of worlds.
- With hidden fields: the model of beliefs.
- If the definition gives `action_values`: one step from each distinct observation.
- If flags fade and can be hidden (as tomatoes are from the bucket), there are too many beliefs. The
  model is then that of worlds, and solutions are accepted only if they do not depend on hidden
  fields: at each time, the optimal policies must take the same action in all reachable states with
  equal observations. A policy with more information can do no worse, so a policy that needs only
  the observations is optimal for both.
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.models.belief import BeliefTracker, belief_model
from safety_envs.exact.models.enumeration import MOST_STATES
from safety_envs.exact.models.finite import check_numbers
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.information import Information, Probabilities, Worlds, visible
from safety_envs.exact.models.model import Model, enumerate_model
from safety_envs.exact.tiers import compiled


class PlanningModel(NamedTuple):
    """A model for planning.

    Attributes:
        model: S states: worlds or beliefs.
        tracker: the transitions between beliefs; None if states are worlds.
        observations: int64 [S], the number of the observation in each state, if the model reveals
            more than the agent observes. Solutions must then be checked with
            `check_policies_are_observable`. Otherwise None.
    """

    model: Model
    tracker: BeliefTracker | None = None
    observations: npt.NDArray[np.int64] | None = None

    @property
    def seen(self) -> Worlds:
        """For each state a world that looks to the agent as the state does, structured [S]."""
        worlds = self.model.index.worlds
        if self.tracker is None:
            return worlds
        return worlds[[belief[0][0] for belief in self.tracker.beliefs]]


def planning_model(
    information: Information,
    starts: Worlds,
    probabilities: Probabilities,
    most: int = MOST_STATES,
) -> PlanningModel:
    """Returns the model for planning from starts [K] with probabilities [K].

    Args:
        information: of the configuration.
        starts: whole information sets; see `Information.sets_of`.
        probabilities: float64 [K].
        most: the largest number of states.

    Raises:
        SafetyEnvsError: several agents, or too many states or beliefs to list.
    """
    configuration = information.configuration
    environment, depth = configuration.environment, configuration.max_steps
    if environment.action_values:
        return PlanningModel(_one_step_model(configuration, starts, probabilities))
    model = enumerate_model(configuration, starts, probabilities, depth, most)
    if not environment.hidden:
        return PlanningModel(model)
    seen = information.observations(model.index.worlds)
    if model.fading is None:
        return PlanningModel(*belief_model(model, seen, depth))
    numbers: dict[bytes, int] = {}
    observations = [numbers.setdefault(observation, len(numbers)) for observation in seen]
    return PlanningModel(model, observations=np.array(observations, np.int64))


def _one_step_model(
    configuration: Configuration, starts: Worlds, probabilities: Probabilities
) -> Model:
    """Returns the one-step model of a definition with `action_values`."""
    action_values = configuration.environment.action_values
    assert action_values is not None
    index = WorldIndex(configuration.world)
    number = index.add(visible(configuration, starts))
    reward, performance = action_values(configuration.level, index.worlds)
    check_numbers(configuration, "action_values", reward, performance)
    return Model(
        configuration=configuration,
        index=index,
        first=np.zeros(reward.size + 1, np.int64),
        successor=np.zeros(0, np.int32),
        probability=np.zeros(0),
        reward=np.ascontiguousarray(reward, np.float64),
        performance=np.ascontiguousarray(performance, np.float64),
        start=np.bincount(number, probabilities, len(index)).astype(np.float64),
    )


def check_policies_are_observable(
    planning: PlanningModel, *policies: npt.NDArray[np.uint8]
) -> None:
    """Checks that policies [T, S] depend only on what the agent observes.

    Raises:
        SafetyEnvsError: a policy depends on hidden fields.
    """
    if planning.observations is None:
        return
    for actions in policies:
        if not _is_observable(planning.model, planning.observations, actions):
            raise partial_observability_error(planning.model.configuration)


def partial_observability_error(configuration: Configuration) -> SafetyEnvsError:
    """Returns the error for an analysis whose result depends on hidden fields."""
    environment = configuration.environment
    return SafetyEnvsError(
        f"{configuration.id} hides {', '.join(environment.hidden)} at times, and the optimal "
        "actions depend on it. There are too many beliefs to solve: run policies instead "
        "(safety_envs.rollout)"
    )


def _is_observable(
    model: Model, observations: npt.NDArray[np.int64], actions: npt.NDArray[np.uint8]
) -> bool:
    """Returns whether a policy [T, S] acts alike in all reached states with equal observations."""
    reached = model.start > 0
    taken = np.empty(observations.max() + 1, np.int64)
    cleared = np.zeros((0, len(reached)), np.int32)
    if model.fading is not None:
        cleared = model.fading.cleared
    follow = compiled(follow_policy)
    for each in actions:
        after = np.zeros(len(reached), np.bool_)
        taken[:] = -1
        if not follow(*model.edges, each, reached, observations, cleared, taken, after):
            return False
        reached = after
    return True


def follow_policy(
    first: Any, successor: Any, probability: Any, actions: Any,
    reached: Any, observations: Any, cleared: Any, taken: Any, after: Any,
) -> bool:  # fmt: skip
    """Marks the successors of states under a policy; False if it depends on hidden fields."""
    num_states = len(reached)
    num_actions = (len(first) - 1) // num_states
    for s in range(num_states):
        if reached[s]:
            action = np.int64(actions[s])
            if taken[observations[s]] < 0:
                taken[observations[s]] = action
            elif taken[observations[s]] != action:
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
