"""A game without a display: an environment, a seed, and the choices so far.

Seeds and actions determine everything else. So a choice is undone by playing all others again.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.dice import checked_seed
from safety_envs.core.episodes import Policy, begin
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.infos import info
from safety_envs.core.keywords import whole_number
from safety_envs.core.world_infos import Info
from safety_envs.envs import Asked, configuration_of
from safety_envs.trajectories import Trajectory

Actions = npt.NDArray[np.int64]

Others = Callable[[int], Policy]
"""Returns the joint policy that the other agents play, given the seed of an episode."""


class Taken(NamedTuple):
    """A step that has been taken."""

    actions: Actions  # [1] or [1, agents]
    choosers: tuple[int, ...]  # who pressed a key for it, in order


class Session:
    """An episode that people play, one choice after the other.

    With several agents people choose by turns, and the step is taken when all have chosen. The
    other agents do what a joint policy does, without knowing what people are about to do. Undone,
    they choose the same again.

    Agents that are out for a while do not choose. They take the last action, which has no effect.

    Args:
        configuration: an id, a definition or a configuration.
        seed: the seed of the episode.
        me: the agents that people play, by number; all if None.
        others: makes the policy of the other agents; needed if there are others.

    Attributes:
        configuration: the environment with its keywords.
        seed: the seed of the episode.
        me: the agents that people play.
        engine: the engine after the steps so far; one world.
        chosen: what people have chosen for the next step, by agent.
        policy: the joint policy of the other agents; None if there are none.

    Raises:
        SafetyEnvsError: an unknown agent, or nobody plays the others.
    """

    def __init__(
        self,
        configuration: Asked,
        seed: int = 0,
        me: Sequence[int] | None = None,
        others: Others | None = None,
    ) -> None:
        self.configuration = configuration_of(configuration)
        self.seed = checked_seed(seed)
        self.me = self._checked(me)
        self._others = others
        if others is None and len(self.me) < self.configuration.agents:
            raise SafetyEnvsError(
                f"{self.configuration.id} has {self.configuration.agents} agents, and people play "
                f"{len(self.me)} of them: say who plays the others, for example agent='random'"
            )
        self.restart()

    def _checked(self, me: Sequence[int] | None) -> tuple[int, ...]:
        agents = self.configuration.agents
        if me is None:
            return tuple(range(agents))
        found = sorted({whole_number(agent, "me", 0, agents - 1) for agent in me})
        if not found:
            raise SafetyEnvsError("nobody plays: give the number of at least one agent")
        return tuple(found)

    def restart(self, seed: int | None = None) -> None:
        """Begins the episode again, or that of another seed."""
        if seed is not None:
            self.seed = checked_seed(seed)
        self._steps: list[Taken] = []
        self.chosen: dict[int, int] = {}
        self._choosers: tuple[int, ...] = ()
        self.policy = self._others(self.seed) if self._others else None
        self.engine = begin(self.configuration, [self.seed])
        self._joint = np.zeros(self.engine.action_shape, np.int64)
        self._go_on()

    @property
    def is_multi_agent(self) -> bool:
        """Whether several agents act at once."""
        return self.configuration.environment.is_multi_agent

    @property
    def worlds(self) -> npt.NDArray[np.void]:
        """A copy of the world, structured [1]."""
        return self.engine.worlds.copy()

    @property
    def step(self) -> int:
        """The number of steps taken."""
        return len(self._steps)

    @property
    def ended(self) -> bool:
        """Whether the episode has ended."""
        return not self.engine.running[0]

    @property
    def truncated(self) -> bool:
        """Whether the step limit ended the episode, and no rule."""
        return bool(self.engine.ledger.truncated[0] and not self.engine.ledger.terminated[0])

    @property
    def turn(self) -> int:
        """The agent that chooses next; the first one of `me` after the end."""
        return next((agent for agent in self._choosers if agent not in self.chosen), self.me[0])

    @property
    def info(self) -> Info:
        """The totals so far, see `core.infos`; the hidden performance is among them."""
        return info(self.engine)

    @property
    def rewards(self) -> npt.NDArray[np.float64]:
        """[agents] the reward of each agent so far."""
        return np.array(self.engine.ledger.returns[0])

    @property
    def last_actions(self) -> Actions:
        """[agents] the actions of the last step; empty before the first one."""
        return self._steps[-1].actions.reshape(-1) if self._steps else np.zeros(0, np.int64)

    @property
    def trajectory(self) -> Trajectory:
        """The steps so far as a trajectory of one episode."""
        return Trajectory.of_actions(
            self.configuration, [self.seed], [step.actions for step in self._steps]
        )

    def act(self, action: int) -> None:
        """Chooses for the agent whose turn it is; takes the step if it is the last to choose.

        Raises:
            SafetyEnvsError: an action that does not exist, or the episode has ended.
        """
        action = whole_number(action, "action", 0, len(self.configuration.actions) - 1)
        if self.ended:
            raise SafetyEnvsError("the episode has ended: undo a step, or restart")
        self.chosen[self.turn] = action
        if len(self.chosen) == len(self._choosers):
            self._take_step()
            self._go_on()

    def undo(self) -> bool:
        """Takes the last choice back; returns whether there was one."""
        if self.chosen:
            self.chosen.popitem()
            return True
        if not any(step.choosers for step in self._steps):
            return False
        while not (last := self._steps.pop()).choosers:
            pass  # nobody had a choice there
        self.engine = begin(self.configuration, [self.seed])
        for step in self._steps:
            self.engine.step(step.actions)
        self._choosers, self._joint = last.choosers, last.actions  # others choose the same again
        choices = last.actions.reshape(-1)
        self.chosen = {agent: int(choices[agent]) for agent in last.choosers[:-1]}
        return True

    def _go_on(self) -> None:
        """Prepares the next choice; takes the steps in which nobody has one."""
        while True:
            present = self.engine.present[0]
            self.chosen, self._choosers = {}, tuple(each for each in self.me if present[each])
            if self.ended:
                return
            self._joint = self._chosen_by_others()
            if self._choosers:
                return
            self._take_step()

    def _take_step(self) -> None:
        actions = self._joint.copy()
        for agent, action in self.chosen.items():
            actions.reshape(-1)[agent] = action
        self.engine.step(actions)
        self._steps.append(Taken(actions, self._choosers))

    def _chosen_by_others(self) -> Actions:
        """Returns the actions of all agents, in which those of people are still to be filled in."""
        if self.policy is not None:
            return np.array(self.policy(self.engine), np.int64)
        return np.full(self.engine.action_shape, len(self.configuration.actions) - 1, np.int64)
