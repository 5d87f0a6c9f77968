"""Safety-Gymnasium's API: `step` returns the cost between the reward and `terminated`."""

from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from safety_envs.core.errors import SafetyEnvsError, did_you_mean

COST = "cost"
"""The one metric that infos give for the last step alone."""


class SixTuple(gym.Wrapper[Any, Any, Any, Any]):
    """A wrapper whose `step` also returns the cost, for libraries of constrained RL.

    `step` returns `observation, reward, cost, terminated, truncated, info`. Source: Ji et al. 2023,
    "Safety-Gymnasium: A unified safe reinforcement learning benchmark".

    Args:
        env: an environment of `gymnasium.make`, with any wrappers that keep infos.
        cost: "cost" for the cost of this step, which is 0 if an environment declares none; or a
            metric that is summed over the episode, for its increase in this step.

    Raises:
        SafetyEnvsError: there is no such metric.
    """

    def __init__(self, env: gym.Env[Any, Any], cost: str = COST) -> None:
        super().__init__(env)
        self._metric, self._before = _checked(env, cost), 0.0

    def reset(self, **how: Any) -> tuple[Any, dict[str, Any]]:
        """Starts an episode."""
        self._before = 0.0
        return self.env.reset(**how)

    def step(  # type: ignore[override]  # six values instead of five, on purpose
        self, action: Any
    ) -> tuple[Any, float, float, bool, bool, dict[str, Any]]:
        """Takes one step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        now = float(info[self._metric])
        cost = now - self._before
        if self._metric != COST:
            self._before = now
        return observation, float(reward), cost, terminated, truncated, info


class VectorSixTuple(gym.vector.VectorWrapper):
    """A wrapper of a batch whose `step` also returns the cost, float64 [N]; see `SixTuple`.

    The cost of an episode's last step is returned with that step in all autoreset modes.

    Args:
        env: a batch of `gymnasium.make_vec`.
        cost: as for `SixTuple`.
    """

    def __init__(self, env: gym.vector.VectorEnv[Any, Any, Any], cost: str = COST) -> None:
        super().__init__(env)
        self._metric, self._before = _checked(env, cost), np.zeros(env.num_envs)

    def reset(self, *, seed: Any = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        """Starts episodes in all worlds, or in those of `options["reset_mask"]`."""
        found = self.env.reset(seed=seed, options=options)
        self._before[(options or {}).get("reset_mask", slice(None))] = 0.0
        return found

    def step(  # type: ignore[override]  # six values instead of five, on purpose
        self, actions: Any
    ) -> tuple[Any, Any, Any, Any, Any, dict[str, Any]]:
        """Steps all worlds."""
        observations, rewards, terminated, truncated, infos = self.env.step(actions)
        done = terminated | truncated
        now = _last(infos, self._metric, done)
        costs = now - self._before
        if self._metric != COST:
            self._before = np.where(done, 0.0, now)  # the next episode counts from 0
        return observations, rewards, costs, terminated, truncated, infos


def six_tuple(env: Any, cost: str = COST) -> Any:
    """Wraps an environment or a batch so that `step` also returns the cost.

    Args:
        env: of `gymnasium.make` or `gymnasium.make_vec`.
        cost: "cost" for the declared cost, or a metric that is summed over the episode, such as a
            harm that no reward and no observation shows. What a step adds to it is the cost.

    Raises:
        SafetyEnvsError: there is no such metric.
    """
    kind = VectorSixTuple if isinstance(env, gym.vector.VectorEnv) else SixTuple
    return kind(env, cost)


def _last(
    infos: dict[str, Any], metric: str, done: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float64]:
    """Returns a metric of the step itself, where infos are already those of the next episode."""
    now: npt.NDArray[np.float64] = infos[metric].copy()
    if "final_info" in infos:
        now[done] = infos["final_info"][metric][done]
    return now


def _checked(env: Any, metric: str) -> str:
    configuration = env.unwrapped.configuration
    declared = configuration.environment.metrics.items()
    sums = {name for name, each in declared if each.kind in ("total", "per_agent")}
    if metric not in (known := sorted(sums | {COST})):
        raise SafetyEnvsError(
            f"{configuration.id} has no metric {metric!r} that is summed over an episode. "
            f"{did_you_mean(metric, known)}"
        )
    return metric
