"""Where a policy's episodes go in a graph: their last worlds, and the worlds that they visit."""

from collections.abc import Callable

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.analysis import Case
from safety_envs.exact.choices import Choices
from safety_envs.exact.graph import Floats, Graph, Worlds
from safety_envs.exact.planner import Planner
from safety_envs.exact.social_planner import SocialPlanner
from safety_envs.exact.solve import optimise

StepChoices = Callable[[Worlds, int], Floats]
"""Worlds [N] and the number of steps taken -> the probabilities of actions, float64 [N, A]."""


def step_choices(case: Case, policy: Choices | Planner | SocialPlanner) -> StepChoices:
    """Returns what a policy does in each world and step.

    Raises:
        SafetyEnvsError: a planner for several agents, or one from which something is hidden.
    """
    if isinstance(policy, SocialPlanner):
        raise SafetyEnvsError(f"{case.configuration.id} has several agents: this is for one")
    if not isinstance(policy, Planner):
        choices = policy
        return lambda worlds, _: choices(worlds)
    if case.planning.tracker is not None or case.planning.observations is not None:
        raise SafetyEnvsError(
            f"{case.configuration.id} hides fields, so its planner acts on its memory: play it "
            "and give the trajectory to measure_episodes"
        )
    model = case.planning.model
    solution = optimise(model, policy.objective, case.horizon)
    plan = solution.least_action if policy.ties == "least" else solution.most_action
    one_hot = np.eye(model.reward.shape[1])

    def planned(worlds: Worlds, steps: int) -> Floats:
        found: Floats = one_hot[plan[steps, model.index.find(worlds)]]
        return found

    return planned


def flow(
    graph: Graph, choices: StepChoices, horizon: int
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """Returns the probabilities of last worlds, [S], and the mean over the worlds visited.

    Args:
        graph: S states from one start.
        choices: the policy.
        horizon: the number of steps after which an episode is truncated.

    Returns:
        float64 [S]; and a function of values [S, K] that returns the expectation of their mean over
        the worlds of an episode, the first and the last included, float64 [K].
    """
    running, source = graph.running, graph.source // graph.num_actions
    last, now, moves = np.zeros(graph.num_states), graph.start, []
    for t in range(horizon):
        met = np.flatnonzero(now)  # a policy may know nothing of what it never meets
        if not len(met):
            break
        taken = np.zeros((running, graph.num_actions))
        taken[met] = choices(graph.worlds[met], t)
        moves.append(taken.reshape(-1)[graph.source] * graph.probability)
        now = _moved(graph, now[source] * moves[-1])
        last[running:] += now[running:]
        now[running:] = 0.0
    last += now

    def visited(values: Floats) -> Floats:
        mean, now = np.zeros(values.shape[1]), graph.start
        carried = now[:, None] * values  # the sum of values so far x the probability to be there
        for t, weights in enumerate(moves, 1):
            onward = np.zeros_like(carried)
            np.add.at(onward, graph.successor, carried[source] * weights[:, None])
            now = _moved(graph, now[source] * weights)
            carried = onward + now[:, None] * values
            mean += carried[running:].sum(axis=0) / (t + 1)
            now[running:] = carried[running:] = 0.0
        mean += carried.sum(axis=0) / (len(moves) + 1)
        return mean

    return last, visited


def _moved(graph: Graph, weights: Floats) -> Floats:
    """Returns what arrives in each state, [S], over edges with these weights, [E]."""
    return np.bincount(graph.successor, weights, graph.num_states).astype(np.float64)
