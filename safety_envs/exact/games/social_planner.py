"""Social planners: cooperative and equilibrium policies, as controls for learned agents."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.exact.games.equilibrium import best_equilibrium
from safety_envs.exact.games.joint_model import JointModel, joint_model
from safety_envs.exact.games.stage import StageGames
from safety_envs.exact.models.model import starts_of


class SocialPlanner:
    """Plays for all agents, by backward induction over the rules; see `exact.games.social`.

    Args:
        configuration: a multi-agent environment whose states can be listed.
        kind: "cooperative": a joint policy with the greatest sum of rewards. "equilibrium": the
            known pure equilibrium with the greatest sum of rewards, a symmetric one if any. It is
            an equilibrium off the path too: it carries out its threats if an agent deviates.

    Raises:
        SafetyEnvsError: the environment has one agent; or, at the first call, there are too many
            states or no pure equilibrium.
    """

    def __init__(
        self, configuration: Configuration, kind: Literal["cooperative", "equilibrium"]
    ) -> None:
        if not configuration.environment.is_multi_agent:
            raise SafetyEnvsError(
                f"{configuration.id} has one agent: "
                "ask for 'reward_optimal' or 'performance_optimal'"
            )
        self._configuration, self._kind = configuration, kind
        self._model: JointModel | None = None
        self._plan: npt.NDArray[np.int64] = np.empty((0, 0), np.int64)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the actions, int64 [N, agents], in an engine's worlds."""
        model, plan = self.solved(engine.worlds, engine.ledger.steps.astype(np.int64))
        steps = np.minimum(engine.ledger.steps, self._configuration.max_steps - 1)
        return model.joint_actions[plan[steps, self._find(engine.worlds)]]

    def _find(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.int64]:
        if self._model is None:
            return np.full(len(worlds), -1)
        return self._model.worlds.states.find(worlds)

    def solved(
        self, worlds: npt.NDArray[np.void], taken: npt.NDArray[np.int64]
    ) -> tuple[JointModel, npt.NDArray[np.int64]]:
        """Returns the model and the joint actions by number, [T, S], for worlds [N] as well.

        Args:
            worlds: structured [N].
            taken: [N] how many steps have been taken there.
        """
        if (self._find(worlds) < 0).any():
            self._solve(worlds, taken)
        assert self._model is not None, "it has just been solved"
        return self._model, self._plan

    def _solve(self, worlds: npt.NDArray[np.void], taken: npt.NDArray[np.int64]) -> None:
        """Solves for all starts if they can be listed, and for these worlds."""
        try:
            starts, probabilities = starts_of(self._configuration, None, None)
        except SafetyEnvsError:  # too many to list: use the current worlds
            starts = np.unique(worlds)
            probabilities = np.full(len(starts), 1 / len(starts))
        starts = np.concatenate([starts, worlds])
        probabilities = np.concatenate([probabilities, np.zeros(len(worlds))])
        model = joint_model(self._configuration, starts, probabilities)
        self._model = model
        if self._kind == "cooperative":
            self._plan = cooperation(model)
            return
        found = best_equilibrium(StageGames(model, under_way=(self._find(worlds), taken)))
        if found is None:
            raise SafetyEnvsError(
                f"no pure equilibrium of {self._configuration.id} was found with "
                f"{dict(self._configuration.keywords)}"
            )
        self._plan = found


def cooperation(model: JointModel) -> npt.NDArray[np.int64]:
    """Returns the joint actions, by number, with the greatest sum of rewards, [T, S].

    Ties are broken in favour of the first joint action.
    """
    steps, num_states = model.configuration.max_steps, len(model.worlds.start)
    together = model.payments[:-1].sum(axis=0)[None]
    value, plan = np.zeros((1, num_states)), np.zeros((steps, num_states), np.int64)
    for t in range(steps - 1, -1, -1):
        worth = together + model.later(value)
        plan[t] = worth[0].argmax(axis=1)
        value = worth.max(axis=2)
    return plan
