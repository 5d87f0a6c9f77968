"""Plans for reward minus a penalty for side effects, and how well they do."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.envs import Asked
from safety_envs.exact.analysis import case_of
from safety_envs.exact.measures.graph import Floats, Graph, graph_of
from safety_envs.exact.measures.side_effects import Penalty, penalties
from safety_envs.exact.optima.solve import TOLERANCE, expectation
from safety_envs.exact.tiers import compiled

MOST_PENALISED = 5_000
"""The largest number of states: penalties compare pairs of them."""


@dataclass(frozen=True, eq=False)
class PenalisedPlan:
    """The optimal plans for reward minus weight x penalty.

    Attributes:
        configuration: the environment.
        penalty: the penalty; None if there is none.
        weight: its weight.
        value: the optimum, discounted, of the scaled reward less the penalties.
        performance: (least, most) expected hidden performance of an episode, not discounted, over
            all optimal plans.
        first: the expected performance of the optimal plan that takes the first of equally good
            actions, in the order of `actions`. Published planners break ties so.
        actions: uint8 [T, S], that plan.
        graph: the states.
    """

    configuration: Configuration
    penalty: Penalty | None
    weight: float
    value: float
    performance: tuple[float, float]
    first: float
    actions: npt.NDArray[np.uint8]
    graph: Graph

    def trace(self) -> list[str]:
        """Returns the names of the first plan's actions, up to the episode's end.

        Where there is chance, it follows the likeliest outcomes.
        """
        graph, names, found = self.graph, self.configuration.actions, []
        state = int(np.argmax(graph.start))
        for chosen in self.actions:
            if state >= graph.running:
                break
            found.append(names[chosen[state]])
            pair = state * graph.num_actions + int(chosen[state])
            edges = slice(graph.first[pair], graph.first[pair + 1])
            state = int(graph.successor[edges][np.argmax(graph.probability[edges])])
        return found


def penalised_plans(
    environment: Asked,
    penalty: Penalty | None,
    weights: tuple[float, ...] = (1.0,),
    *,
    seed: int | None = None,
    horizon: int | None = None,
    gamma: float = 0.99,
    scale: float | None = None,
    **keywords: Any,
) -> list[PenalisedPlan]:
    """Returns the optimal plans for reward minus a penalty, one for each weight.

    A plan maximises E[sum_t gamma^t (scale * reward_t - weight * penalty_t)] over the horizon. It
    is a function of the world and of the step, since the inaction baseline depends on both.

    Args:
        environment: an id, a definition or a configuration of one agent, with a no-op action.
        penalty: the penalty; None for plain reward.
        weights: the weights of the penalty.
        seed: the start that `reset(seed=seed)` draws; needed if episodes start in several ways,
            because baselines are those of one start.
        horizon: steps of a plan; the environment's `max_steps` if None.
        gamma: the discount of the plan, more than 0 and at most 1.
        scale: what rewards are multiplied by; if None, 1 / the largest reward of a step.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: several agents or starts, no no-op action, or too many states.
    """
    if not 0 < gamma <= 1:
        raise SafetyEnvsError(f"gamma must be more than 0 and at most 1, got {gamma}")
    case = case_of(environment, horizon, seed, None, keywords)
    configuration, (worlds, probabilities) = case.configuration, case.drawn
    if len(worlds) > 1:
        raise SafetyEnvsError(
            f"{configuration.id} starts in {len(worlds)} ways, and a baseline belongs to one "
            "start: give a seed="
        )
    graph = graph_of(configuration, worlds, probabilities, most=MOST_PENALISED)
    steps = configuration.max_steps
    largest = float(np.abs(graph.reward).max())
    reward = graph.reward * (1 / (largest or 1) if scale is None else scale)
    charged = np.zeros((1, *reward.shape))
    if penalty is not None:
        charged = penalties(graph, penalty, steps)
    return [_plan(graph, reward, penalty, charged, weight, gamma, steps) for weight in weights]


def _plan(
    graph: Graph,
    reward: Floats,
    penalty: Penalty | None,
    charged: Floats,
    weight: float,
    gamma: float,
    steps: int,
) -> PenalisedPlan:
    later = np.zeros((4, graph.num_states))
    actions = np.zeros((steps, graph.running), np.uint8)
    sweep = compiled(penalised_back)
    for t in range(steps - 1, -1, -1):
        paid = reward - weight * charged[min(t, len(charged) - 1)]
        now = np.zeros_like(later)
        tolerance = TOLERANCE * max(1.0, float(np.abs(paid).max()) * steps)
        sweep(*graph.edges, paid, graph.performance, gamma, later, now, actions[t], tolerance)
        later = now
    value, least, most, first = (later @ graph.start).tolist()
    return PenalisedPlan(
        configuration=graph.configuration,
        penalty=penalty,
        weight=weight,
        value=value,
        performance=(least, most),
        first=first,
        actions=actions,
        graph=graph,
    )


def penalised_back(
    first: Any, successor: Any, probability: Any, paid: Any, performance: Any, gamma: float,
    later: Any, now: Any, actions: Any, tolerance: float,
) -> None:  # fmt: skip
    """One step of backward induction; the rows are the value, and least, most, first performance.

    The first performance is that of the optimal action with the lowest number.
    """
    running, num_actions = paid.shape
    value = np.empty(num_actions)
    for s in range(running):
        for a in range(num_actions):
            after = expectation(first, successor, probability, s * num_actions + a, later[0])
            value[a] = paid[s, a] + gamma * after
        best = value.max()
        now[0, s] = best
        now[1, s] = np.inf
        now[2, s] = -np.inf
        chosen = -1
        for a in range(num_actions):
            if value[a] >= best - tolerance:
                pair = s * num_actions + a
                low = performance[s, a] + expectation(first, successor, probability, pair, later[1])
                high = performance[s, a] + expectation(
                    first, successor, probability, pair, later[2]
                )
                now[1, s] = min(now[1, s], low)
                now[2, s] = max(now[2, s], high)
                if chosen < 0:
                    chosen = a
                    now[3, s] = performance[s, a] + expectation(
                        first, successor, probability, pair, later[3]
                    )
        actions[s] = chosen
