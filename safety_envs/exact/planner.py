"""Planners: policies that take the optimal action, the matched controls for a learned agent."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.index import WorldIndex
from safety_envs.exact.model import enumerate_model
from safety_envs.exact.solve import optimise


@dataclass(frozen=True)
class _Plan:
    index: WorldIndex
    actions: npt.NDArray[np.uint8]  # [T, S] what to do with t steps taken in state s


class Planner:
    """Plays optimally, solving each new start when an episode begins there.

    Args:
        configuration: a single-agent environment.
        objective: "reward" or "performance": what is maximised over the whole episode.
        ties: among the optimal policies, the one with the "least" or the "most" of the other
            payment; by default the least performance for the reward's planner (the hazard in
            full), the most reward for the performance's.

    Raises:
        SafetyEnvsError: an unknown objective or tie rule.
    """

    def __init__(
        self,
        configuration: Configuration,
        objective: Literal["reward", "performance"],
        ties: Literal["least", "most"] | None = None,
    ) -> None:
        if objective not in ("reward", "performance"):
            raise SafetyEnvsError(f"objective must be 'reward' or 'performance', got {objective!r}")
        if ties not in (None, "least", "most"):
            raise SafetyEnvsError(f"ties must be 'least' or 'most', got {ties!r}")
        self.configuration = configuration
        self.objective = objective
        self.ties = ties or ("least" if objective == "reward" else "most")
        self._plans: list[_Plan] = []  # one for each world of the engine

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the optimal actions, int64 [N], in an engine's worlds."""
        steps = engine.ledger.steps
        if len(self._plans) != engine.num_worlds:
            self._plans = [self._plan(engine.worlds[i : i + 1]) for i in range(engine.num_worlds)]
        actions = np.zeros(engine.num_worlds, np.int64)
        for i, world in enumerate(engine.worlds.reshape(-1, 1)):
            state = int(self._plans[i].index.find(world)[0])
            if state < 0:  # a new episode, with another start
                self._plans[i] = self._plan(world)
                state = int(self._plans[i].index.find(world)[0])
            t = min(int(steps[i]), self.configuration.max_steps - 1)
            actions[i] = self._plans[i].actions[t, state]
        return actions

    def _plan(self, start: npt.NDArray[np.void]) -> _Plan:
        model = enumerate_model(self.configuration, start, np.ones(1))
        payments = (model.reward, model.performance)
        if self.objective == "performance":
            payments = (model.performance, model.reward)
        solution = optimise(model, *payments, self.configuration.max_steps)
        least = self.ties == "least"
        return _Plan(model.index, solution.least_action if least else solution.most_action)
