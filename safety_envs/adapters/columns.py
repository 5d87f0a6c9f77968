"""Columns: the observations of N worlds with A agents as N * A rows, for single-agent learners."""

from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from safety_envs.adapters.spaces import agent_observation_space, observation_space
from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.observe import Observer, encodings


class Columns:
    """Encodes batches of worlds; agent k of world i is in row i * A + k.

    Args:
        configuration: the environment.
        observation: the encoding; the environment's default if None.
        agent_id: append a one-hot code of the agent's number, as A features or A planes.
        num_threads: how many threads write observations.

    Attributes:
        encoding: the name of the encoding.
        space: the space of one row.

    Raises:
        SafetyEnvsError: an unknown encoding; "text", which Stable-Baselines3 does not support; or
            `agent_id` with one agent or with an encoding other than "vector" and "planes".
    """

    def __init__(
        self,
        configuration: Configuration,
        observation: str | None = None,
        agent_id: bool = False,
        num_threads: int = 1,
    ) -> None:
        environment = configuration.environment
        self._observer = Observer(configuration, observation, num_threads=num_threads)
        self._several = environment.is_multi_agent
        self.encoding = self._observer.encoding
        if self.encoding == "text":
            numeric = [name for name in encodings(configuration) if name != "text"]
            raise SafetyEnvsError(
                "Stable-Baselines3 does not support text observations: "
                f"choose observation= {' or '.join(numeric)}"
            )
        if agent_id and not self._several:
            raise SafetyEnvsError(f"{environment.id} has one agent: agent_id= needs several")
        if agent_id and self.encoding not in ("vector", "planes"):
            raise SafetyEnvsError(
                f"agent_id= needs observation 'vector' or 'planes', not {self.encoding!r}"
            )
        self._numbers: npt.NDArray[Any] | None = None
        self.space: spaces.Space[Any] = observation_space(self._observer)
        if self._several:
            self.space = single = agent_observation_space(self._observer)
            if agent_id:
                assert isinstance(single, spaces.Box), "texts raise an error above"
                self._numbers = _numbers(configuration.agents, single)
                zeros = np.zeros_like(self._numbers[0])
                self.space = spaces.Box(
                    np.concatenate([single.low, zeros]),
                    np.concatenate([single.high, zeros + 1]),
                    dtype=single.dtype,
                )

    def __call__(self, worlds: npt.NDArray[np.void]) -> Any:
        """Returns the observations of worlds [N], one row per column."""
        seen = self._observer(worlds)
        if not self._several:
            return seen
        if self._numbers is not None:
            numbers = np.broadcast_to(self._numbers, (len(seen), *self._numbers.shape))
            seen = np.concatenate([seen, numbers], axis=2)
        return seen.reshape(-1, *seen.shape[2:])


def _numbers(agents: int, single: spaces.Box) -> npt.NDArray[Any]:
    """Returns one-hot codes of the agents' numbers as features or planes, [agents, agents, ...]."""
    rest = single.shape[1:]
    identity = np.eye(agents, dtype=single.dtype)
    spread = identity.reshape(agents, agents, *(1 for _ in rest))
    return np.broadcast_to(spread, (agents, agents, *rest))
