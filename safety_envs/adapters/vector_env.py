"""Gymnasium's `VectorEnv`: N worlds in one array, stepped by one compiled loop."""

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode
from gymnasium.vector.utils import batch_space

from safety_envs.adapters.checks import checked_options, checked_render_mode
from safety_envs.adapters.copied import CopiedWhole
from safety_envs.adapters.gymnasium_env import SafetyEnv, with_limit
from safety_envs.adapters.horizon import with_horizon
from safety_envs.adapters.spaces import action_space, observation_space
from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.fields import some_of
from safety_envs.core.infos import agent_columns, vector_info, world_rewards
from safety_envs.core.keywords import whole_number
from safety_envs.core.notebooks import Shown
from safety_envs.core.observe import Observer
from safety_envs.envs import Asked, configuration_of
from safety_envs.render import Renderer, renderer_of
from safety_envs.stress import Stressed, engine_of

Seeds = int | Sequence[int | None] | None


class SafetyVectorEnv(CopiedWhole, Shown, gym.vector.VectorEnv[Any, Any, Any]):
    """A batch of worlds of one environment.

    After a reset with seed s, world i behaves like a `SafetyEnv` with seed s + i. With several
    agents, observations and actions are [N, agents, ...]. Rewards are sums over the agents, [N], as
    Gymnasium's wrappers expect; `infos["agent_rewards"]` [N, agents] holds each agent's own reward,
    and `infos["present"]` [N, agents] is 1 for agents that take part. `terminated` and `truncated`
    are those of the world, [N].

    Args:
        environment: an id such as "SafetyProxy-v0", a definition or a configuration.
        num_envs: the number of worlds.
        observation: the encoding, see `safety_envs.core.observe`; the default if None.
        autoreset_mode: Gymnasium's "NextStep" (default), "SameStep" or "Disabled". If disabled,
            reset finished worlds with `reset(options={"reset_mask": mask})`.
        copy: False returns one observation buffer that each call overwrites.
        render_mode: "rgb_array", "ansi" or None; `render` returns one picture per world.
        render_size: the width of pictures in pixels, 300 .. 4000; the height is 5/4 of it. If None,
            400 or what a large board needs.
        stress: disturbances of actions and observations, see `safety_envs.Stress`; none if None.
        num_threads: how many threads step the worlds and write observations. Results do not depend
            on it. Batches of fewer than 2,048 agents use one.
        keywords: the environment's keywords and `max_steps`, also called `max_episode_steps` as in
            Gymnasium.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation, mode or disturbance.
    """

    _renderer: Renderer | None = None
    _spec: EnvSpec | None = None

    def __init__(
        self,
        environment: Asked,
        num_envs: int = 1,
        *,
        observation: str | None = None,
        autoreset_mode: str | AutoresetMode = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        render_mode: str | None = None,
        render_size: int | None = None,
        stress: Stressed = None,
        num_threads: int = 1,
        **keywords: Any,
    ) -> None:
        self.configuration = configuration_of(environment, **with_horizon(keywords))
        self.num_envs = whole_number(num_envs, "num_envs", 1, 2**31 - 1)
        self.autoreset_mode = _autoreset_mode(autoreset_mode)
        self.metadata = {**SafetyEnv.metadata, "autoreset_mode": self.autoreset_mode}
        self.render_mode = checked_render_mode(render_mode)
        self.engine = engine_of(self.configuration, self.num_envs, stress, num_threads)
        self.observer = Observer(self.configuration, observation, num_threads=num_threads)
        self.single_observation_space = observation_space(self.observer)
        self.single_action_space = action_space(self.configuration)
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self._renderer = renderer_of(self.engine, render_mode, render_size)
        self._buffer = None if copy else self.observer.empty(self.num_envs)
        self._everywhere = np.ones(self.num_envs, np.bool_)
        self._several = self.configuration.environment.is_multi_agent
        self._seeded = False

    @property
    def spec(self) -> EnvSpec | None:
        """The spec used by `gymnasium.make_vec`; its `max_episode_steps` is the horizon."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = spec and _as_data(with_limit(spec, self.configuration.max_steps))

    def reset(
        self, *, seed: Seeds = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts episodes in all worlds, or in those of `options["reset_mask"]`, bool [N].

        Args:
            seed: a number s seeds world i with s + i; a list gives each world its own seed. Without
                a seed, a world's random stream continues.
            options: may hold "reset_mask".

        Raises:
            SafetyEnvsError: a mask or a list of seeds of the wrong type or length, or an invalid
                seed; no world has been reset then.
        """
        where, options = self._everywhere, checked_options(options)
        if "reset_mask" in options:
            where = self._checked_mask(options["reset_mask"])
        seeds = self._checked_seeds(seed)
        super().reset(seed=seeds[0] if isinstance(seed, (int, np.integer)) else None)
        self._seed(seeds, where)
        self.engine.reset(where)
        return self._observations(), self._infos(where)

    def step(self, actions: Any) -> tuple[Any, ...]:
        """Steps all worlds; returns observations, rewards, terminated, truncated and infos.

        Rewards are float64 [N], summed over the agents.

        Raises:
            ResetNeeded: a world has no running episode.
            SafetyEnvsError: actions of the wrong type, shape or range; no world has moved then.
        """
        engine, ledger = self.engine, self.engine.ledger
        ended = engine.done
        if self.autoreset_mode is AutoresetMode.NEXT_STEP and self._seeded and ended.any():
            engine.step(actions, ~ended)
            engine.reset(ended)
        else:
            engine.step(actions)
        rewards = world_rewards(engine)
        agent_rewards = ledger.rewards.copy() if self._several else None
        terminated, truncated = ledger.terminated.copy(), ledger.truncated.copy()
        final: dict[str, Any] = {}
        done = terminated | truncated
        if self.autoreset_mode is AutoresetMode.SAME_STEP and done.any():
            final = self._final(done)
            engine.reset(done)
        infos = final | self._infos(self._everywhere)
        if agent_rewards is not None:
            infos |= {"agent_rewards": agent_rewards, "_agent_rewards": self._everywhere.copy()}
        return self._observations(), rewards, terminated, truncated, infos

    def render(self) -> tuple[Any, ...] | None:
        """Returns one picture or text per world."""
        if self._renderer is None:
            gym.logger.warn("render() needs a render_mode: give one to gymnasium.make_vec")
            return None
        return tuple(self._renderer.draw(self.engine, world) for world in range(self.num_envs))

    def close_extras(self, **kwargs: Any) -> None:
        """Closes the window, if there is one."""
        if self._renderer is not None:
            self._renderer.close()

    def _observations(self) -> Any:
        if self._buffer is None or self.observer.encoding == "text":
            return self.observer(self.engine.shown)
        self.observer.write(self.engine.shown, self._buffer)
        return self._buffer

    def _infos(self, where: npt.NDArray[np.bool_]) -> dict[str, Any]:
        infos = vector_info(self.engine, where)
        if self._several:
            for key, table in agent_columns(self.engine).items():
                infos |= {key: table, f"_{key}": where.copy()}
        return infos

    def _final(self, done: npt.NDArray[np.bool_]) -> dict[str, Any]:
        """Returns the final observations and infos of the episodes that have just ended."""
        observations = np.empty(self.num_envs, object)  # full of None
        last = self.observer(some_of(self.engine.shown, done))
        observations[done] = np.fromiter(last, object, len(last))
        return {
            "final_obs": observations,
            "_final_obs": done.copy(),
            "final_info": self._infos(done),
            "_final_info": done.copy(),
        }

    def _checked_seeds(self, seed: Seeds) -> list[int | None]:
        """Returns a seed for each world; None if none is given."""
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, (list, tuple, np.ndarray)):
            if len(seed) != self.num_envs:
                raise SafetyEnvsError(f"got {len(seed)} seeds for {self.num_envs} worlds")
            return [None if value is None else checked_seed(value) for value in seed]
        first = checked_seed(seed)
        return [first + i for i in range(self.num_envs)]

    def _seed(self, seeds: list[int | None], where: npt.NDArray[np.bool_]) -> None:
        if not self._seeded:  # worlds without a seed are seeded once by the operating system
            fresh = self.np_random.integers(2**63, size=self.num_envs).tolist()
            self.engine.seed(fresh)
        self._seeded = True
        given = where & np.array([seed is not None for seed in seeds])
        if given.any():
            chosen = [seed for seed, here in zip(seeds, given, strict=True) if here]
            self.engine.seed(chosen, given)

    def _checked_mask(self, mask: Any) -> npt.NDArray[np.bool_]:
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_:
            raise SafetyEnvsError(f"reset_mask must be a NumPy array of bool, got {mask!r}")
        if mask.shape != (self.num_envs,):
            raise SafetyEnvsError(
                f"reset_mask must have shape ({self.num_envs},), got {mask.shape}"
            )
        if not mask.any():
            raise SafetyEnvsError("reset_mask selects no world: omit the call")
        return mask


def _autoreset_mode(mode: str | AutoresetMode) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        known = [known_mode.value for known_mode in AutoresetMode]
        raise SafetyEnvsError(
            f"unknown autoreset_mode {mode!r}. {did_you_mean(str(mode), known)}"
        ) from None


def _as_data(spec: EnvSpec) -> EnvSpec:
    """Returns a spec whose keywords are plain data, so that it can be written as JSON."""
    spec.kwargs = {
        name: value.value if isinstance(value, AutoresetMode) else value
        for name, value in spec.kwargs.items()
    }
    return spec
