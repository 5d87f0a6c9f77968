"""Stable-Baselines3's `VecEnv` as a native batch."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from safety_envs.adapters.checks import checked_render_mode
from safety_envs.adapters.columns import Columns
from safety_envs.adapters.copied import CopiedWhole
from safety_envs.adapters.horizon import with_horizon
from safety_envs.adapters.sb3_member import Member
from safety_envs.core.dice import checked_seed
from safety_envs.core.fields import some_of
from safety_envs.core.infos import agents_infos, infos
from safety_envs.core.keywords import whole_number
from safety_envs.envs import Asked, configuration_of
from safety_envs.render import Renderer, renderer_of
from safety_envs.stress import Stressed, engine_of


def sb3_vec_env(environment: Asked, num_envs: int = 1, **options: Any) -> "SafetySB3VecEnv":
    """Returns N worlds of an environment for Stable-Baselines3; see `SafetySB3VecEnv`.

    Args:
        environment: an id, a definition or a configuration.
        num_envs: the number of worlds.
        options: `observation`, `seed`, `render_mode`, `agent_id`, `stress`, `num_threads`, and the
            environment's keywords.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation, mode or disturbance.
    """
    return SafetySB3VecEnv(environment, num_envs, **options)


class SafetySB3VecEnv(CopiedWhole, VecEnv):
    """N worlds of one environment for Stable-Baselines3; finished worlds reset in the same step.

    At the end of an episode, `infos[i]["episode"]` holds its return, length and time, so
    `VecMonitor` is not needed. Infos also hold every declared metric.

    With A agents there are N * A columns: agent k of world i is column i * A + k. So a model that
    learns on the batch shares its parameters among the agents. `infos[c]["present"]` and `present`
    tell which agents take part. An agent that is out observes zeros, and its actions have no
    effect.

    `get_attr`, `set_attr` and `env_method` access a `Member` for each column.

    Args:
        environment: an id, a definition or a configuration.
        num_envs: the number of worlds.
        observation: the encoding; the environment's default if None.
        seed: world i gets seed + i at the first reset; from the operating system if None.
        render_mode: "rgb_array", "ansi", "human" or None.
        render_size: the width of pictures in pixels, 300 .. 4000; the height is 5/4 of it. If None,
            400 or what a large board needs.
        agent_id: append a one-hot code of the agent's number, as A features or A planes.
        stress: disturbances of actions and observations, see `safety_envs.Stress`; none if None.
        num_threads: how many threads step the worlds and write observations. Results do not depend
            on it. Batches of fewer than 2,048 agents use one.
        keywords: the environment's keywords and `max_steps`, also called `max_episode_steps` as in
            Gymnasium.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation, mode or disturbance.
    """

    _renderer: Renderer | None = None

    def __init__(
        self,
        environment: Asked,
        num_envs: int = 1,
        *,
        observation: str | None = None,
        seed: int | None = None,
        render_mode: str | None = None,
        render_size: int | None = None,
        agent_id: bool = False,
        stress: Stressed = None,
        num_threads: int = 1,
        **keywords: Any,
    ) -> None:
        self.configuration = configuration_of(environment, **with_horizon(keywords))
        self.num_agents = self.configuration.agents
        self._several = self.configuration.environment.is_multi_agent
        self.render_mode = checked_render_mode(render_mode)
        num_worlds = whole_number(num_envs, "num_envs", 1, 2**31 - 1)
        self.engine = engine_of(self.configuration, num_worlds, stress, num_threads)
        self.columns = Columns(self.configuration, observation, agent_id, num_threads)
        self._renderer = renderer_of(self.engine, render_mode, render_size)
        self._started = time.perf_counter()
        self._actions: Any = None
        columns = self.engine.num_worlds * self.num_agents
        self._members = [Member(self, column) for column in range(columns)]
        super().__init__(
            columns,
            self.columns.space,
            spaces.Discrete(len(self.configuration.actions)),
        )
        self.seed(seed)

    @property
    def present(self) -> np.ndarray:
        """Whether each column's agent takes part, bool [N * A]."""
        return self.engine.present.ravel()

    def seed(self, seed: int | None = None) -> list[int]:
        """Prepares the next `reset`, in which world i is seeded with seed + i.

        Running episodes continue.

        Returns:
            The seed of each column's world.

        Raises:
            SafetyEnvsError: an invalid seed.
        """
        if seed is None:
            seed = int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1)
        first = checked_seed(seed)
        seeds = [first + column // self.num_agents for column in range(self.num_envs)]
        self._seeds = [*seeds]
        return seeds

    def seed_world(self, world: int, seed: int) -> None:
        """Sets the seed of one world for the next `reset`."""
        for column in range(world * self.num_agents, (world + 1) * self.num_agents):
            self._seeds[column] = seed

    def reset(self) -> Any:
        """Starts an episode in every world; returns observations, one row per column."""
        seeds = self._seeds[:: self.num_agents]
        given = np.array([seed is not None for seed in seeds])
        if given.any():
            self.engine.seed([seed for seed in seeds if seed is not None], given)
        self.engine.reset()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        self._reset_seeds()
        self._reset_options()
        return self._observations()

    def step_async(self, actions: Any) -> None:
        """Stores the actions for the next `step_wait`."""
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

    def _observations(self, where: np.ndarray | None = None) -> Any:
        """Returns the observations of some worlds (default: all), one row per column."""
        shown = self.engine.shown
        return self.columns(shown if where is None else some_of(shown, where))

    def _infos(self) -> list[dict[str, Any]]:
        if not self._several:
            return infos(self.engine)
        return agents_infos(self.engine, present=True)

    def _finish(self, done: np.ndarray, infos: list[dict[str, Any]]) -> None:
        """Adds the entries that Stable-Baselines3 expects in the last info of an episode."""
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
        return [self.picture(world) for world in range(self.engine.num_worlds)]

    def picture(self, world: int) -> np.ndarray | None:
        """Returns the picture of a world, uint8 [rows, cols, 3]; None without a render mode."""
        picture = None if self._renderer is None else self._renderer.draw(self.engine, world)
        return picture if isinstance(picture, np.ndarray) else None

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._renderer is not None:
            self._renderer.close()

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """Returns an attribute of the members of some columns (default: all)."""
        return [getattr(member, attr_name) for member in self._chosen(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Sets an attribute of the members of some columns (default: all).

        Raises:
            SafetyEnvsError: the attribute cannot be changed; no member has been changed then.
        """
        members = self._chosen(indices)
        for member in members:
            member.check_settable(attr_name)
        for member in members:
            setattr(member, attr_name, value)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Calls a method of the members of some columns (default: all)."""
        return [
            getattr(member, method_name)(*method_args, **method_kwargs)
            for member in self._chosen(indices)
        ]

    def _chosen(self, indices: Any) -> list[Member]:
        return [self._members[column] for column in self._get_indices(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """Returns False, except for `Monitor`, because infos already report episodes."""
        from stable_baselines3.common.monitor import Monitor

        return [wrapper_class is Monitor for _ in self._get_indices(indices)]
