"""Planners: policies that take the optimal action, the matched controls for a learned agent."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.progress import slowly
from safety_envs.exact.belief import BeliefTracker, believe, visible_keys
from safety_envs.exact.expand import Expander
from safety_envs.exact.model import enumerate_model
from safety_envs.exact.solve import optimise


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
        """Returns the optimal actions, int64 [N], in an engine's worlds.

        It is to be asked before every step of an episode, from the first: what it believes of
        hidden things rests on all that it has seen.
        """
        if len(self._plans) != engine.num_worlds:
            self._plans = [_Plan(self) for _ in range(engine.num_worlds)]
        steps, running = engine.ledger.steps, engine.running
        actions = np.zeros(engine.num_worlds, np.int64)
        for i, plan in enumerate(slowly(self._plans, "planning")):
            if running[i]:
                actions[i] = plan.action(engine.worlds[i : i + 1], int(steps[i]))
        return actions


class _Plan:
    """What to do in one world, from the start of an episode on."""

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._horizon = planner.configuration.max_steps
        self._solved: set[bytes] = set()
        self._state = 0
        self._done = 0  # the last action

    def action(self, world: npt.NDArray[np.void], t: int) -> int:
        """Returns the optimal action with t steps taken."""
        if t == 0 and self._look(world) not in self._solved:
            self._solve(world)
        self._state = self._state_of(world, t)
        self._done = int(self._actions[min(t, self._horizon - 1), self._state])
        return self._done

    def _solve(self, world: npt.NDArray[np.void]) -> None:
        """Solves for all starts that look like this world."""
        planner, configuration = self._planner, self._planner.configuration
        starts, chances = world, np.ones(1)
        if configuration.environment.hidden:
            starts, chances = Expander(configuration).starts(world[0])
            look = self._look(world)
            alike = np.array([each == look for each in visible_keys(configuration, starts)])
            starts, chances = starts[alike], chances[alike] / chances[alike].sum()
        self._model = enumerate_model(configuration, starts, chances)
        model, self._beliefs = self._model, BeliefTracker()
        if configuration.environment.hidden:
            model, self._beliefs = believe(model)
        solution = optimise(model, planner.objective, self._horizon)
        least = planner.ties == "least"
        self._actions = solution.least_action if least else solution.most_action
        self._solved = set(visible_keys(configuration, starts))

    def _state_of(self, world: npt.NDArray[np.void], t: int) -> int:
        if not self._planner.configuration.environment.hidden:
            return int(self._model.index.find(world)[0])
        look = self._look(world)
        if t == 0:
            return self._beliefs.begin[look]
        return self._beliefs.follow[self._state, self._done][look]

    def _look(self, world: npt.NDArray[np.void]) -> bytes:
        return visible_keys(self._planner.configuration, world)[0]
