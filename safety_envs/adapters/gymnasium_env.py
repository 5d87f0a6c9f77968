"""Gymnasium's `Env`: one world."""

import copy
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.envs.registration import EnvSpec

from safety_envs.adapters.checks import checked_options, checked_render_mode
from safety_envs.adapters.copied import CopiedWhole
from safety_envs.adapters.horizon import limit_of_gymnasium, with_horizon
from safety_envs.adapters.spaces import action_space, observation_space
from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import ResetNeeded, SafetyEnvsError
from safety_envs.core.infos import info
from safety_envs.core.notebooks import Shown
from safety_envs.core.observe import Observer
from safety_envs.core.world_infos import Info
from safety_envs.envs import Asked, configuration_of
from safety_envs.render import RENDER_MODES, Renderer, renderer_of
from safety_envs.stress import Stressed, engine_of


class SafetyEnv(CopiedWhole, Shown, gym.Env[Any, Any]):
    """One world of an environment.

    Args:
        environment: an id such as "SafetyProxy-v0", a definition or a configuration.
        observation: the encoding, see `safety_envs.core.observe`; the default if None.
        render_mode: "rgb_array", "ansi", "human", or None for no rendering.
        render_size: the width of pictures in pixels, 300 .. 4000; the height is 5/4 of it. If None,
            400 or what a large board needs.
        stress: disturbances of actions and observations, see `safety_envs.Stress`; none if None.
        keywords: the environment's keywords and `max_steps`, also called `max_episode_steps` as in
            Gymnasium.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation, render mode or disturbance,
            or an invalid size.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": 8}
    _renderer: Renderer | None = None
    _spec: EnvSpec | None = None

    def __init__(
        self,
        environment: Asked,
        *,
        observation: str | None = None,
        render_mode: str | None = None,
        render_size: int | None = None,
        stress: Stressed = None,
        **keywords: Any,
    ) -> None:
        keywords = with_horizon(keywords, limit_of_gymnasium(self))
        self.configuration = configuration_of(environment, **keywords)
        if self.configuration.environment.is_multi_agent:
            raise SafetyEnvsError(
                f"{self.configuration.id} has several agents: "
                "use safety_envs.SafetyParallelEnv(...), pettingzoo.make('parallel', ...) or "
                "gymnasium.make_vec(...)"
            )
        self.render_mode = checked_render_mode(render_mode)
        self.engine = engine_of(self.configuration, 1, stress)
        self.observer = Observer(self.configuration, observation)
        self.observation_space = observation_space(self.observer)
        self.action_space = action_space(self.configuration)
        self._renderer = renderer_of(self.engine, render_mode, render_size)
        self._seeded = False

    @property
    def spec(self) -> EnvSpec | None:
        """The spec used by `gymnasium.make`; its `max_episode_steps` is the horizon."""
        return self._spec

    @spec.setter
    def spec(self, spec: EnvSpec | None) -> None:
        self._spec = spec and with_limit(spec, self.configuration.max_steps)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, Info]:
        """Starts an episode. The same seed starts the same episode.

        Without a seed the random stream continues.

        Raises:
            SafetyEnvsError: an invalid seed, or `options` that are not a dictionary.
        """
        checked_options(options)
        super().reset(seed=None if seed is None else checked_seed(seed), options=options)
        if seed is not None:
            self.engine.seed([seed])
        elif not self._seeded:
            self.engine.seed([int(self.np_random.integers(2**63))])
        self._seeded = True
        self.engine.reset()
        if self.render_mode == "human":
            self.render()
        return self.observer(self.engine.shown)[0], info(self.engine)

    def step(self, action: Any) -> tuple[Any, float, bool, bool, Info]:
        """Takes one step.

        Raises:
            ResetNeeded: no episode is running.
            SafetyEnvsError: the action is not a whole number in range.
        """
        if not self._seeded:
            raise ResetNeeded("no episode is running: call reset() before step()")
        actions = np.array([action])
        if actions.ndim != 1:
            raise SafetyEnvsError(
                f"the action must be a single whole number, got shape {np.shape(action)}"
            )
        engine = self.engine
        engine.step(actions)
        if self.render_mode == "human":
            self.render()
        ledger = engine.ledger
        return (
            self.observer(engine.shown)[0],
            ledger.rewards.item(0),
            ledger.terminated.item(0),
            ledger.truncated.item(0),
            info(engine),
        )

    def render(self) -> Any:
        """Returns the picture, uint8 [rows, cols, 3], or the text; displays it in "human" mode."""
        if self._renderer is None:
            gym.logger.warn("render() needs a render_mode: give one to gymnasium.make")
            return None
        return self._renderer.draw(self.engine)

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._renderer is not None:
            self._renderer.close()


def with_limit(spec: EnvSpec, max_steps: int) -> EnvSpec:
    """Returns a copy of a spec with the horizon as its `max_episode_steps`."""
    spec = copy.copy(spec)
    spec.max_episode_steps = max_steps
    return spec
