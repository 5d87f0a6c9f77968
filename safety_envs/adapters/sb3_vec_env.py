"""Stable-Baselines3's `VecEnv` on the native batch."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from safety_envs.adapters.columns import Columns
from safety_envs.adapters.gymnasium_env import checked_render_mode
from safety_envs.adapters.infos import agents_info_table, info_keys, info_table
from safety_envs.core.definition import Environment
from safety_envs.core.engine import Engine
from safety_envs.core.keywords import whole_number
from safety_envs.envs import resolve
from safety_envs.render import Renderer


def sb3_vec_env(
    environment: str | Environment, num_envs: int = 1, **options: Any
) -> "SafetySB3VecEnv":
    """Returns N worlds of an environment for Stable-Baselines3; see `SafetySB3VecEnv`.

    Args:
        environment: an id or a definition.
        num_envs: how many worlds.
        options: `observation`, `seed`, `render_mode`, `agent_id`, and the environment's own
            keywords.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation or mode.
    """
    return SafetySB3VecEnv(environment, num_envs, **options)


class SafetySB3VecEnv(VecEnv):
    """N worlds of one environment for Stable-Baselines3; finished worlds reset in the same step.

    `infos[i]["episode"]` holds return, length and time at the end of an episode, so that no
    `VecMonitor` is needed, next to every declared metric.

    With A agents there are N * A columns, world by world: agent k of world i is column i * A + k.
    A model that learns on them shares its parameters among the agents. `infos[c]["present"]` and
    `present` say which agents take part; one that is out sees zeros, and its actions do nothing.

    Args:
        environment: an id or a definition.
        num_envs: how many worlds.
        observation: the encoding; the environment's first if None.
        seed: world i gets seed + i; from the operating system if None.
        render_mode: "rgb_array", "ansi", "human" or None.
        agent_id: tell each of several agents its number: by A more features, or A more planes,
            one of which is 1 and the others 0.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation or mode.
    """

    def __init__(
        self,
        environment: str | Environment,
        num_envs: int = 1,
        *,
        observation: str | None = None,
        seed: int | None = None,
        render_mode: str | None = None,
        agent_id: bool = False,
        **keywords: Any,
    ) -> None:
        self.configuration = resolve(environment).configure(**keywords)
        self.num_agents = self.configuration.agents
        self._several = self.configuration.environment.is_multi_agent
        self.render_mode = checked_render_mode(render_mode)
        self.engine = Engine(self.configuration, whole_number(num_envs, "num_envs", 1, 2**31 - 1))
        self.columns = Columns(self.configuration, observation, agent_id)
        self._renderer = Renderer(self.configuration, render_mode) if render_mode else None
        self._keys = info_keys(self.engine)
        self._started = time.perf_counter()
        self._actions: Any = None
        super().__init__(
            num_envs * self.num_agents,
            self.columns.space,
            spaces.Discrete(len(self.configuration.actions)),
        )
        self.seed(seed)

    @property
    def present(self) -> np.ndarray:
        """Which columns take part, bool [N * A]."""
        return self.engine.present.ravel()

    def seed(self, seed: int | None = None) -> list[int]:
        """Seeds world i with seed + i, to take effect at the next `reset`."""
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1)
        seeds = [seed + i for i in range(self.engine.num_worlds)]
        self.engine.seed(seeds)
        return seeds

    def reset(self) -> Any:
        """Starts an episode in every world; returns observations, a row for each column."""
        self.engine.reset()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return self._observations()

    def step_async(self, actions: Any) -> None:
        """Takes the actions for the next `step_wait`."""
        self._actions = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Steps all worlds; returns observations, rewards float32 [N], dones [N] and infos."""
        engine = self.engine
        actions = np.asarray(self._actions)
        engine.step(actions.reshape(engine.action_shape) if self._several else actions)
        rewards = engine.ledger.rewards.astype(np.float32).ravel()
        done = engine.done
        infos = self._infos()
        if done.any():
            self._finish(done, infos)
            engine.reset(done)
        return self._observations(), rewards, np.repeat(done, self.num_agents), infos

    def _observations(self, where: Any = slice(None)) -> Any:
        """Returns the observations of some worlds, all by default, a row for each column."""
        return self.columns(self.engine.worlds[where])

    def _infos(self) -> list[dict[str, Any]]:
        if not self._several:
            return [
                dict(zip(self._keys, row, strict=True)) for row in info_table(self.engine).tolist()
            ]
        rows = agents_info_table(self.engine).reshape(self.num_envs, -1).tolist()
        there = self.present.astype(float).tolist()
        infos: list[dict[str, Any]] = [dict(zip(self._keys, row, strict=True)) for row in rows]
        for info, present in zip(infos, there, strict=True):
            info["present"] = present
        return infos

    def _finish(self, done: np.ndarray, infos: list[dict[str, Any]]) -> None:
        """Adds what SB3 expects in the last info of an episode."""
        ledger, agents = self.engine.ledger, self.num_agents
        elapsed = round(time.perf_counter() - self._started, 6)
        columns = np.flatnonzero(np.repeat(done, agents)).tolist()
        for column, observation in zip(columns, self._observations(done), strict=True):
            world, agent = divmod(column, agents)
            infos[column]["terminal_observation"] = observation
            infos[column]["TimeLimit.truncated"] = bool(ledger.truncated[world])
            infos[column]["episode"] = {
                "r": float(ledger.returns[world, agent]),
                "l": int(ledger.steps[world]),
                "t": elapsed,
            }

    def get_images(self) -> Sequence[np.ndarray | None]:
        """Returns one picture per world, uint8 [rows, cols, 3]."""
        worlds = range(self.engine.num_worlds)
        if self._renderer is None:
            return [None for _ in worlds]
        pictures = [self._renderer.draw(self.engine, world) for world in worlds]
        return [picture if isinstance(picture, np.ndarray) else None for picture in pictures]

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._renderer is not None:
            self._renderer.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Returns an attribute, the same for every world."""
        return [getattr(self, attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets an attribute of the whole batch."""
        setattr(self, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of the batch once for each of the worlds asked for."""
        method = getattr(self, method_name)
        return [method(*method_args, **method_kwargs) for _ in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Says that no world is wrapped; `Monitor` counts as there, since episodes are reported."""
        from stable_baselines3.common.monitor import Monitor

        return [wrapper_class is Monitor for _ in self._get_indices(indices)]
