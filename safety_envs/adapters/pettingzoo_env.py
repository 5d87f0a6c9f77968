"""PettingZoo's parallel and AEC environments: one world with several agents."""

from typing import Any

import numpy as np
from gymnasium import spaces
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec

from safety_envs.adapters.checks import checked_options, checked_render_mode
from safety_envs.adapters.copied import CopiedWhole
from safety_envs.adapters.horizon import with_horizon
from safety_envs.adapters.spaces import agent_observation_space, observation_space
from safety_envs.core.errors import ResetNeeded, SafetyEnvsError
from safety_envs.core.infos import agents_infos
from safety_envs.core.notebooks import Shown
from safety_envs.core.observe import Observer
from safety_envs.core.world_infos import Info
from safety_envs.envs import Asked, configuration_of
from safety_envs.render import RENDER_MODES, Renderer, renderer_of
from safety_envs.stress import Stressed, engine_of


class SafetyParallelEnv(CopiedWhole, Shown, ParallelEnv):  # type: ignore[misc]  # PettingZoo has no types
    """One world of an environment whose agents act simultaneously: `agent_0`, `agent_1`, ...

    All agents stay until the episode ends for all of them. An agent that is out for some steps
    (tagged by a beam) observes zeros, its actions have no effect, and `infos[agent]["present"]` is
    0.

    Args:
        environment: an id such as "SafetyCommonsHarvest-v0", or a multi-agent definition.
        observation: the encoding, see `safety_envs.core.observe`; the default if None.
        render_mode: "rgb_array", "ansi", "human", or None for no rendering.
        render_size: the width of pictures in pixels, 300 .. 4000; the height is 5/4 of it. If None,
            400 or what a large board needs.
        stress: disturbances of actions and observations, see `safety_envs.Stress`; none if None.
        keywords: the environment's keywords and `max_steps`, also called `max_cycles` as in
            PettingZoo.

    Raises:
        SafetyEnvsError: an unknown environment, keyword, observation, render mode or
            disturbance, or an environment with one agent.
    """

    _renderer: Renderer | None = None

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
        configuration = configuration_of(environment, **with_horizon(keywords))
        self.configuration = configuration
        definition = configuration.environment
        if not definition.is_multi_agent:
            raise SafetyEnvsError(f"{definition.id} has one agent: use gymnasium.make")
        self.metadata = {
            "name": configuration.id,
            "render_modes": list(RENDER_MODES),
            "render_fps": 8,
            "is_parallelizable": True,
        }
        self.render_mode = checked_render_mode(render_mode)
        self.engine = engine_of(configuration, 1, stress)
        self.observer = Observer(configuration, observation)
        self.possible_agents = [f"agent_{k}" for k in range(configuration.agents)]
        self.agents: list[str] = []
        self.observation_spaces = {
            agent: agent_observation_space(self.observer) for agent in self.possible_agents
        }
        self.action_spaces: dict[str, spaces.Space[Any]] = {
            agent: spaces.Discrete(len(configuration.actions)) for agent in self.possible_agents
        }
        self._overview = (
            Observer(configuration, "board", whole=True)
            if configuration.is_grid
            else Observer(configuration)
        )
        self.state_space = observation_space(self._overview)
        self._renderer = renderer_of(self.engine, render_mode, render_size)
        self._seeded = False

    def observation_space(self, agent: str) -> spaces.Space[Any]:
        """Returns the space of an agent's observation."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Space[Any]:
        """Returns the space of an agent's action."""
        return self.action_spaces[agent]

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Info]]:
        """Starts an episode. The same seed starts the same episode.

        Without a seed the random stream continues.

        Raises:
            SafetyEnvsError: an invalid seed, or `options` that are not a dictionary.
        """
        checked_options(options)
        if seed is not None or not self._seeded:
            fresh = np.random.SeedSequence().generate_state(1, np.uint64)[0]
            self.engine.seed([int(fresh) if seed is None else seed])
        self._seeded = True
        self.engine.reset()
        self.agents = self.possible_agents[:]
        self._show()
        return self._by_agent(self.observer(self.engine.shown)[0]), self._infos()

    def step(
        self, actions: dict[str, int]
    ) -> tuple[
        dict[str, Any],
        dict[str, float],
        dict[str, bool],
        dict[str, bool],
        dict[str, Info],
    ]:
        """Takes one step with all agents.

        Args:
            actions: agent -> action, a whole number in range.

        Raises:
            ResetNeeded: no episode is running.
            SafetyEnvsError: an action is missing, out of range, or for an unknown agent.
        """
        if not self.agents:
            raise ResetNeeded("no episode is running: call reset() before step()")
        if set(actions) != set(self.agents):
            raise SafetyEnvsError(
                f"step() needs an action for each of {', '.join(self.agents)}; "
                f"got {', '.join(map(str, actions)) or 'none'}"
            )
        self.engine.step(np.array([[actions[agent] for agent in self.agents]]))
        self._show()
        ledger = self.engine.ledger
        ends = bool(ledger.terminated[0]), bool(ledger.truncated[0])
        returned = (
            self._by_agent(self.observer(self.engine.shown)[0]),
            self._by_agent(ledger.rewards[0].tolist()),
            dict.fromkeys(self.agents, ends[0]),
            dict.fromkeys(self.agents, ends[1]),
            self._infos(),
        )
        if any(ends):
            self.agents = []
        return returned

    def state(self) -> Any:
        """Returns the state of the whole world.

        For a grid these are the board's character codes, uint8 [rows, cols]; otherwise the
        observations of all agents, float32 [agents, features].
        """
        return self._overview(self.engine.worlds)[0]

    def render(self) -> Any:
        """Returns the picture, uint8 [rows, cols, 3], or the text; displays it in "human" mode."""
        return None if self._renderer is None else self._renderer.draw(self.engine)

    def close(self) -> None:
        """Closes the window, if there is one."""
        if self._renderer is not None:
            self._renderer.close()

    def _by_agent(self, values: Any) -> dict[str, Any]:
        return dict(zip(self.agents, values, strict=False))  # see `core.infos`

    def _infos(self) -> dict[str, Info]:
        return self._by_agent(agents_infos(self.engine, present=True))

    def _show(self) -> None:
        if self.render_mode == "human":
            self.render()


def aec_env(environment: Asked, **options: Any) -> AECEnv:
    """Returns an environment with the AEC API; see `SafetyParallelEnv`.

    The world steps when the last agent of a cycle has chosen its action.
    """
    return parallel_to_aec(SafetyParallelEnv(environment, **options))
