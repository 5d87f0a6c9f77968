"""Independent learners: one Stable-Baselines3 model for each agent, all in the same worlds.

Stable-Baselines3 owns its training loop, so each model runs in its own thread. The threads pass a
baton: only its holder runs. A model passes it on where it steps its environment. When all have
chosen, the worlds move. So the order of events is fixed, and a seed fixes a run.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnv


class Table:
    """The worlds that independent learners share; each agent has a `Seat`.

    Args:
        venv: N worlds of A agents in N * A columns, agent k of world i in column i * A + k.
        agents: A.
    """

    def __init__(self, venv: VecEnv, agents: int) -> None:
        self.venv = venv
        self.agents = agents
        self.seats = [Seat(self, agent) for agent in range(agents)]
        self._baton = threading.Condition()
        self._turn = 0
        self._left: set[int] = set()
        self._error: BaseException | None = None
        self._seen: Any = None
        self._returned: Any = None
        self._actions = np.zeros((venv.num_envs // agents, agents), np.int64)

    def column(self, agent: int) -> slice:
        """Returns the columns of an agent."""
        return slice(agent, None, self.agents)

    def reset(self, agent: int) -> Any:
        """Returns an agent's observations [N, ...] of new episodes; agent 0's call starts them."""
        if agent == 0:
            self._seen = self.venv.reset()
        return self._seen[self.column(agent)]

    def play(self, agent: int, actions: Any) -> Any:
        """Takes an agent's actions [N]; returns what the worlds return once all have acted."""
        self._actions[:, agent] = actions
        if agent == self.agents - 1:
            self._returned = self.venv.step(self._actions.ravel())
        self._hand_on(agent)
        self._wait_for_turn(agent)
        seen, rewards, dones, infos = self._returned
        column = self.column(agent)
        return seen[column], rewards[column], dones[column], infos[column]

    def learn(self, models: Sequence[Any], learn: Callable[[Any, int], None]) -> None:
        """Calls `learn(model, agent)` for all models at once; they take turns.

        Raises:
            BaseException: whatever one of them raised first; the others are stopped.
        """
        threads = [
            threading.Thread(target=self._sit, args=(model, agent, learn), daemon=True)
            for agent, model in enumerate(models)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                thread.join()
        except BaseException as interruption:  # the keyboard's: all stop at their next turn
            self._error = interruption
            for thread in threads:
                thread.join()
        if self._error is not None:
            raise self._error

    def _sit(self, model: Any, agent: int, learn: Callable[[Any, int], None]) -> None:
        try:
            self._wait_for_turn(agent)
            learn(model, agent)
        except BaseException as error:
            self._error = self._error or error
        finally:
            self._left.add(agent)
            self._hand_on(agent)

    def _hand_on(self, agent: int) -> None:
        with self._baton:
            self._turn = (agent + 1) % self.agents
            self._baton.notify_all()

    def _wait_for_turn(self, agent: int) -> None:
        with self._baton:
            while self._turn != agent:
                if self._turn in self._left:  # that agent has finished
                    self._turn = (self._turn + 1) % self.agents
                    self._baton.notify_all()
                    continue
                self._baton.wait()
        if self._error is not None:
            raise RuntimeError("another agent's training failed")
        if self.agents - 1 in self._left:
            raise RuntimeError("the last agent has stopped learning: train all for as many steps")


class Seat(VecEnv):
    """One agent's side of N worlds; see `Table`."""

    def __init__(self, table: Table, agent: int) -> None:
        venv = table.venv
        self._table, self._agent, self._actions = table, agent, None
        super().__init__(venv.num_envs // table.agents, venv.observation_space, venv.action_space)

    @property
    def venv(self) -> VecEnv:
        """The worlds of all, so that a checkpoint finds what wrappers do to observations."""
        return self._table.venv

    def reset(self) -> Any:
        """Starts an episode in every world; returns the agent's observations [N, ...]."""
        return self._table.reset(self._agent)

    def step_async(self, actions: Any) -> None:
        """Takes the agent's actions [N] for the next `step_wait`."""
        self._actions = actions

    def step_wait(self) -> Any:
        """Waits until all have chosen; returns observations, rewards, dones and infos, [N] each."""
        return self._table.play(self._agent, self._actions)

    def seed(self, seed: int | None = None) -> Any:
        """Seeds nothing: the worlds were seeded when they were made."""
        return [None] * self.num_envs

    def close(self) -> None:
        """Leaves the worlds open for the others."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Returns an attribute of the worlds."""
        return self._table.venv.get_attr(attr_name, [self._agent])[:1] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets nothing: the worlds belong to all."""
        raise NotImplementedError("the worlds belong to all agents: set it on the table's venv")

    def env_method(self, method_name: str, *args: Any, indices: Any = None, **kwargs: Any) -> Any:
        """Calls nothing: the worlds belong to all."""
        raise NotImplementedError("the worlds belong to all agents: call it on the table's venv")

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Says what the worlds say."""
        return self._table.venv.env_is_wrapped(wrapper_class, [self._agent])[:1] * self.num_envs
