"""One column of a Stable-Baselines3 batch, for `get_attr`, `set_attr` and `env_method`."""

from typing import TYPE_CHECKING, Any

import numpy as np

from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError

if TYPE_CHECKING:
    from safety_envs.adapters.sb3_vec_env import SafetySB3VecEnv

_OWN = frozenset({"_venv", "column", "world", "agent"})


class Member:
    """One column of a batch: a world, an agent in it, and attributes set by users.

    It has the attributes and methods of a single environment. Attributes that all worlds of a batch
    share (the configuration and its keywords, the spaces and the render mode) are read-only. Any
    other attribute can be set and belongs to this column.

    Attributes:
        column: its number.
        world: the number of its world.
        agent: the number of its agent; 0 in a single-agent environment.
    """

    def __init__(self, venv: "SafetySB3VecEnv", column: int) -> None:
        world, agent = divmod(column, venv.num_agents)
        vars(self).update(_venv=venv, column=column, world=world, agent=agent)

    def __getattr__(self, name: str) -> Any:
        venv = vars(self).get("_venv")  # missing while a copy is being made
        if venv is not None and not name.startswith("_"):
            if name in venv.configuration.keywords:
                return venv.configuration.keywords[name]
            if name in _SHARED:
                return getattr(venv, name)
        raise AttributeError(f"a column of this batch has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        self.check_settable(name)
        vars(self)[name] = value

    def check_settable(self, name: str) -> None:
        """Checks that an attribute may be set.

        Raises:
            SafetyEnvsError: all worlds of the batch share it, or it is part of the member.
        """
        if name in self._venv.configuration.keywords:
            raise SafetyEnvsError(
                f"{name} is a keyword of {self._venv.configuration.id} and cannot be changed in a "
                f"batch: create another batch with sb3_vec_env(..., {name}=...)"
            )
        if name in _SHARED or name in _OWN or hasattr(type(self), name):
            raise SafetyEnvsError(f"{name} cannot be set: the whole batch depends on it")

    @property
    def unwrapped(self) -> "Member":
        """The member itself."""
        return self

    def get_wrapper_attr(self, name: str) -> Any:
        """Returns an attribute, as wrapped environments do."""
        return getattr(self, name)

    def has_wrapper_attr(self, name: str) -> bool:
        """Whether the attribute exists."""
        return hasattr(self, name)

    def seed(self, seed: int) -> int:
        """Seeds this column's world at the next reset of the batch; returns the seed.

        Raises:
            SafetyEnvsError: an invalid seed.
        """
        self._venv.seed_world(self.world, checked_seed(seed))
        return seed

    def render(self) -> np.ndarray | None:
        """Returns the picture of this column's world, uint8 [rows, cols, 3]."""
        picture: np.ndarray | None = self._venv.picture(self.world)
        return picture

    def close(self) -> None:
        """Does nothing: the batch is closed as a whole."""


_SHARED = frozenset(
    {"configuration", "observation_space", "action_space", "render_mode", "metadata", "num_agents"}
)
