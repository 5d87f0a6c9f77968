"""Planners: policies that take optimal actions, as controls for learned agents."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import some_of
from safety_envs.core.progress import progress
from safety_envs.exact.models.information import Information, Prior
from safety_envs.exact.models.planning_model import PlanningModel
from safety_envs.exact.optima.plan import Moment, Plan, Plans, planned
from safety_envs.exact.optima.rewards import Reward, with_reward


class Planner:
    """Plays optimally given its observations. Each new first observation is solved once.

    Hidden fields stay hidden from the planner: it plans for all starts with the same observation,
    and then acts on its observations and actions. If hidden fields are kept from episode to
    episode, it carries its belief over from the previous episode, unless that belief excludes the
    new start, which means that the world has a new seed.

    Args:
        configuration: a single-agent environment.
        objective: "reward" or "performance", the sum of which is maximised over the episode.
        ties: among the optimal policies, the one with the "least" or the "most" of the other
            payment. The default is the least performance for the reward (the worst case of the
            hazard), and the most reward for the performance.
        reward: plan for this in place of the environment's reward; see `certify`.
        observation: the encoding that `reward` takes; the environment's first if None.

    Raises:
        SafetyEnvsError: several agents, an unknown objective or tie rule.
    """

    def __init__(
        self,
        configuration: Configuration,
        objective: Literal["reward", "performance"],
        ties: Literal["least", "most"] | None = None,
        *,
        reward: Reward | None = None,
        observation: str | None = None,
    ) -> None:
        if configuration.environment.is_multi_agent:
            raise SafetyEnvsError(
                f"{configuration.id} has several agents: "
                "ask for 'cooperative' or 'equilibrium' (a SocialPlanner)"
            )
        if objective not in ("reward", "performance"):
            raise SafetyEnvsError(f"objective must be 'reward' or 'performance', got {objective!r}")
        if ties not in (None, "least", "most"):
            raise SafetyEnvsError(f"ties must be 'least' or 'most', got {ties!r}")
        self.configuration = configuration
        self.objective = objective
        self.ties = ties or ("least" if objective == "reward" else "most")
        environment = configuration.environment
        self._carries = bool(set(environment.hidden) & set(environment.kept))
        self._information = Information(configuration)
        self._reward, self._observation = reward, observation
        self._solve = Plans(self._information, objective, self.ties, self.changed)
        self._forget(0)

    def plan_in(self, known: PlanningModel) -> npt.NDArray[np.uint8]:
        """Returns the planner's actions in a model, uint8 [T, S], with t steps taken.

        They are known in states that can be reached within t steps.

        If it is a model of the planner's own configuration, and nothing is hidden, the planner acts
        by them from then on in episodes that begin there.

        Raises:
            SafetyEnvsError: the model knows more than the agent, and the actions depend on it.
        """
        plan = self._solve.solve_in(known)
        if known.model.configuration == self.configuration:
            self._solve.share(plan)
        return plan.actions

    def plan_everywhere_in(self, known: PlanningModel) -> npt.NDArray[np.uint8]:
        """Returns the same as `plan_in`, but known in all states at all times."""
        return planned(self.changed(known), self.objective, self.ties, everywhere=True)

    def changed(self, known: PlanningModel) -> PlanningModel:
        """Returns a model with the reward for which this planner plans."""
        return with_reward(known, self._reward, self._observation)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the optimal actions, int64 [N], in an engine's worlds.

        With hidden fields, the planner must be called before every step of an episode, and its
        actions must be executed, because its beliefs depend on them.

        Raises:
            SafetyEnvsError: too many states to list; or it was not called from the first step on.
        """
        if len(self._plans) != engine.num_worlds:
            self._forget(engine.num_worlds)
        running = np.flatnonzero(engine.running)
        steps = engine.ledger.steps.astype(np.int64)
        self._begin(engine, running[steps[running] == 0])
        states, actions = self._look_up(engine, running)
        lost = running[states[running] < 0]
        if len(lost) and not self.configuration.environment.hidden:
            self._begin(engine, lost)  # first called in the middle of an episode
            states, actions = self._look_up(engine, running)
        if (states[running] < 0).any():
            raise SafetyEnvsError(
                f"{self.configuration.id} hides "
                f"{', '.join(self.configuration.environment.hidden)}, and the planner has not seen "
                "this episode from its first step, or other actions were taken than it returned: "
                "reset, and call the planner before every step"
            )
        self._last = Moment(states, steps, actions)
        return actions.copy()

    def _forget(self, num_worlds: int) -> None:
        """Forgets all worlds."""
        self._plans: list[Plan | None] = [None] * num_worlds
        unseen = np.full(num_worlds, -1)
        self._last = Moment(unseen, unseen, np.zeros(num_worlds, np.int64))

    def _begin(self, engine: Engine, which: npt.NDArray[np.int64]) -> None:
        """Finds the plans of worlds in which an episode begins."""
        if not len(which):
            return
        worlds = some_of(engine.worlds, which)
        if self.configuration.environment.action_values:
            plan = self._solve.solve(worlds, np.full(len(which), 1 / len(which)))
            for world in which.tolist():
                self._plans[world] = plan
            return
        observations = self._information.observations(worlds)
        for i in progress(range(len(which)), "planning"):
            prior = self._prior(int(which[i]), worlds[i : i + 1]) if self._carries else None
            self._plans[which[i]] = self._solve(worlds[i : i + 1], observations[i], prior)

    def _prior(self, world: int, start: npt.NDArray[np.void]) -> Prior:
        """Returns the belief about kept fields before an episode with this start."""
        plan = self._plans[world]
        before: tuple[Prior, ...] = ()
        if plan is not None and self._last.states[world] >= 0:
            before = plan.after(self._information, self._last, world)
        for prior in (*before, self._information.first):
            if self._information.is_possible(start, prior):
                return prior
        raise SafetyEnvsError(
            f"{self.configuration.id} hides fields that are kept between episodes, and the "
            "planner has not played the earlier episodes: seed the world first"
        )

    def _look_up(
        self, engine: Engine, which: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Returns the states of some worlds in their plans, and their actions, int64 [N] each.

        The state is -1 for a world that is not in its plan, and for worlds that are not in `which`.
        """
        groups: dict[int, list[int]] = {}
        for world in which.tolist():
            groups.setdefault(id(self._plans[world]), []).append(world)
        states, actions = np.full(engine.num_worlds, -1), np.zeros(engine.num_worlds, np.int64)
        for members in groups.values():
            plan = self._plans[members[0]]
            if plan is not None:
                here, steps = np.array(members), engine.ledger.steps[members].astype(np.int64)
                found = plan.states(
                    self._information, some_of(engine.worlds, here), steps, self._last.of(here)
                )
                states[here] = found
                actions[here] = plan.actions[np.minimum(steps, len(plan.actions) - 1), found]
        return states, actions
