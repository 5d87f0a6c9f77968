"""Safety-Gymnasium's API: `step` returns the cost between the reward and the endings."""

from typing import Any

import gymnasium as gym


class SixTuple(gym.Wrapper[Any, Any, Any, Any]):
    """A single environment whose `step` returns six things, for libraries of constrained RL.

    `observation, reward, cost, terminated, truncated, info`: the cost is `info["cost"]`, that of
    this step, 0 where an environment declares none. Source: Ji et al. 2023, "Safety-Gymnasium: A
    unified safe reinforcement learning benchmark".

    Args:
        env: made by `gymnasium.make`, with any wrappers that keep infos.
    """

    def step(  # type: ignore[override]  # six, not five: that is what it is for
        self, action: Any
    ) -> tuple[Any, float, float, bool, bool, dict[str, Any]]:
        """Takes one step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, float(reward), float(info["cost"]), terminated, truncated, info


class VectorSixTuple(gym.vector.VectorWrapper):
    """A batch whose `step` returns six things; see `SixTuple`. The cost is float64 [N].

    Args:
        env: made by `gymnasium.make_vec`.
    """

    def step(  # type: ignore[override]  # six, not five: that is what it is for
        self, actions: Any
    ) -> tuple[Any, Any, Any, Any, Any, dict[str, Any]]:
        """Steps all worlds."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        return observations, rewards, infos["cost"].copy(), terminated, truncated, infos


def six_tuple(env: Any) -> Any:
    """Returns an environment, single or a batch, whose `step` returns the cost as well."""
    return VectorSixTuple(env) if isinstance(env, gym.vector.VectorEnv) else SixTuple(env)
