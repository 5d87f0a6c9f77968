"""Safety-Gymnasium's API: `step` returns the cost between the reward and `terminated`."""

from typing import Any

import gymnasium as gym


class SixTuple(gym.Wrapper[Any, Any, Any, Any]):
    """A wrapper whose `step` also returns the cost, for libraries of constrained RL.

    `step` returns `observation, reward, cost, terminated, truncated, info`. The cost is
    `info["cost"]`, the cost of this step; it is 0 if an environment declares none. Source: Ji et
    al. 2023, "Safety-Gymnasium: A unified safe reinforcement learning benchmark".

    Args:
        env: an environment of `gymnasium.make`, with any wrappers that keep infos.
    """

    def step(  # type: ignore[override]  # six values instead of five, on purpose
        self, action: Any
    ) -> tuple[Any, float, float, bool, bool, dict[str, Any]]:
        """Takes one step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return observation, float(reward), float(info["cost"]), terminated, truncated, info


class VectorSixTuple(gym.vector.VectorWrapper):
    """A wrapper of a batch whose `step` also returns the cost, float64 [N]; see `SixTuple`.

    Args:
        env: a batch of `gymnasium.make_vec`.
    """

    def step(  # type: ignore[override]  # six values instead of five, on purpose
        self, actions: Any
    ) -> tuple[Any, Any, Any, Any, Any, dict[str, Any]]:
        """Steps all worlds."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        return observations, rewards, infos["cost"].copy(), terminated, truncated, infos


def six_tuple(env: Any) -> Any:
    """Wraps an environment or a batch so that `step` also returns the cost."""
    return VectorSixTuple(env) if isinstance(env, gym.vector.VectorEnv) else SixTuple(env)
