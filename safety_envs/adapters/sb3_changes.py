"""Transformations of observations by wrappers, as data that a checkpoint can store.

A model acts as it was trained only if its observations are transformed in the same way.
Stable-Baselines3 saves the model without its wrappers. A checkpoint therefore stores the statistics
of `VecNormalize` and the transposition of `VecTransposeImage`. If a wrapper cannot be reproduced,
saving the checkpoint raises an error. An unknown wrapper can declare that it does not change
observations and actions, with an attribute `keeps_observations = True`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium import spaces

from safety_envs.core.errors import SafetyEnvsError

Arrays = dict[str, npt.NDArray[np.float64]]
_HARMLESS = {
    *("VecMonitor", "VecCheckNan", "VecVideoRecorder"),
    *("Monitor", "OrderEnforcing", "PassiveEnvChecker", "TimeLimit", "Autoreset"),
    *("RecordEpisodeStatistics", "RecordVideo", "HumanRendering"),
}
"""Wrappers of Stable-Baselines3 and Gymnasium that do not change observations and actions."""


@dataclass(frozen=True)
class Normalise:
    """`VecNormalize`: subtracts the mean, divides by the standard deviation and clips.

    Attributes:
        mean, variance: the statistics of all training observations, with their shape.
        count: the number of these observations.
        clip: the largest absolute value of the result.
        epsilon: a constant that is added to the variance.
    """

    mean: npt.NDArray[np.float64]
    variance: npt.NDArray[np.float64]
    count: float
    clip: float
    epsilon: float

    def __call__(self, seen: Any) -> npt.NDArray[np.float32]:
        """Returns normalised observations [N, ...], like `VecNormalize.normalize_obs`."""
        spread = np.sqrt(self.variance + self.epsilon)
        scaled = np.clip((seen - self.mean) / spread, -self.clip, self.clip)
        return np.asarray(scaled, np.float32)

    def space(self, space: spaces.Box) -> spaces.Box:
        """Returns the space of the results, as `VecNormalize` declares it."""
        from stable_baselines3.common.preprocessing import is_image_space

        if self.mean.shape != space.shape:
            raise SafetyEnvsError(
                f"its statistics are for observations of shape {self.mean.shape}, not {space.shape}"
            )
        if not is_image_space(space):
            return space
        return spaces.Box(-self.clip, self.clip, space.shape, np.float32)

    def as_json(self) -> dict[str, Any]:
        """Returns the parameters that are not arrays."""
        return {"wrapper": "VecNormalize", "clip": self.clip, "epsilon": self.epsilon}

    def arrays(self) -> Arrays:
        """Returns the arrays by name."""
        count = np.asarray(self.count, np.float64)
        return {"mean": self.mean, "variance": self.variance, "count": count}


@dataclass(frozen=True)
class Transpose:
    """`VecTransposeImage`: moves the channels of images to the first axis."""

    def __call__(self, seen: Any) -> Any:
        """Returns images [N, rows, cols, channels] as [N, channels, rows, cols]."""
        return np.transpose(seen, (0, 3, 1, 2))

    def space(self, space: spaces.Box) -> spaces.Box:
        """Returns the space of the results."""
        from stable_baselines3.common.vec_env import VecTransposeImage

        try:
            return VecTransposeImage.transpose_space(space)
        except AssertionError as error:
            raise SafetyEnvsError(f"{space} cannot be transposed: {error}") from error

    def as_json(self) -> dict[str, Any]:
        """Returns the parameters that are not arrays."""
        return {"wrapper": "VecTransposeImage"}

    def arrays(self) -> Arrays:
        """Returns an empty dictionary."""
        return {}


Change = Normalise | Transpose


def changes_before(model: Any) -> tuple[Any, list[Change]]:
    """Returns a model's innermost environment and the changes to its observations, in order.

    Raises:
        SafetyEnvsError: the model has no environment, or a wrapper cannot be reproduced.
    """
    env = model.get_env()
    if env is None:
        raise SafetyEnvsError(
            "the model has no environment, so its training observations are unknown: "
            "set the environment with its wrappers by model.set_env(...)"
        )
    found: list[Change] = []
    while (inner := getattr(env, "venv", None)) is not None:
        found[:0] = _changes_by(env, inner)
        env = inner
    for wrapper in _wrappers_inside(env):
        _refuse_unless_harmless(wrapper, wrapper.env)
    for kind in (gym.ObservationWrapper, gym.ActionWrapper):  # also in subprocesses
        if any(env.env_is_wrapped(kind)):
            raise SafetyEnvsError(f"{_refusal(f'a {kind.__name__}')}, or wrap the batch instead")
    return env, found


def _changes_by(wrapper: Any, inner: Any) -> list[Change]:
    from stable_baselines3.common.vec_env import VecEnvWrapper, VecNormalize, VecTransposeImage

    if type(wrapper) is VecNormalize:
        if not wrapper.norm_obs:
            return []
        of: Any = wrapper.obs_rms
        if isinstance(of, dict):
            raise SafetyEnvsError(_refusal("VecNormalize on a dictionary of observations"))
        rest = (float(of.count), float(wrapper.clip_obs), float(wrapper.epsilon))
        return [Normalise(np.array(of.mean), np.array(of.var), *rest)]
    if type(wrapper) is VecTransposeImage:
        return [] if wrapper.skip else [Transpose()]
    if isinstance(wrapper, VecEnvWrapper):  # otherwise a view of one agent
        _refuse_unless_harmless(wrapper, inner)
    return []


def _wrappers_inside(env: Any) -> Iterator[Any]:
    """Yields the Gymnasium wrappers around the worlds in this process."""
    for world in getattr(env, "envs", ()):
        while isinstance(world, gym.Wrapper):
            yield world
            world = world.env


def _refuse_unless_harmless(wrapper: Any, inner: Any) -> None:
    kind = type(wrapper)
    same = (
        wrapper.observation_space == inner.observation_space
        and wrapper.action_space == inner.action_space
    )
    known = kind.__name__ in _HARMLESS and kind.__module__.startswith(("stable_base", "gymnasium."))
    declared = getattr(kind, "keeps_observations", False) or issubclass(kind, gym.RewardWrapper)
    if not same or not (known or declared):
        advice = "" if not same else (
            ". If it does not change observations and actions, declare it in its class: "
            "keeps_observations = True"
        )  # fmt: skip
        raise SafetyEnvsError(_refusal(kind.__name__) + advice)


def _refusal(what: str) -> str:
    return (
        f"{what} is between the environment and the model, and a checkpoint cannot reproduce it: "
        "the loaded model would act on other observations than in training. Train without it"
    )


def changes_from(entries: Sequence[Mapping[str, Any]], arrays: Mapping[str, Any]) -> list[Change]:
    """Returns changes, rebuilt from the results of `as_json` and `named_arrays`.

    Raises:
        KeyError, TypeError, ValueError: the entries and arrays do not fit together.
    """
    changes: list[Change] = []
    for i, entry in enumerate(entries):
        if entry["wrapper"] == "VecTransposeImage":
            changes.append(Transpose())
        elif entry["wrapper"] == "VecNormalize":
            mean, variance = (
                np.asarray(arrays[f"{name}_{i}"], np.float64) for name in ("mean", "variance")
            )
            if mean.shape != variance.shape or not np.isfinite([mean, variance]).all():
                raise ValueError("means and variances have wrong shapes or values")
            rest = (float(arrays[f"count_{i}"]), float(entry["clip"]), float(entry["epsilon"]))
            changes.append(Normalise(mean, variance, *rest))
        else:
            raise ValueError(f"unknown wrapper {entry['wrapper']!r}")
    return changes


def named_arrays(changes: Sequence[Change]) -> Arrays:
    """Returns the arrays of all changes; each name ends with the number of the change."""
    return {
        f"{name}_{i}": array
        for i, change in enumerate(changes)
        for name, array in change.arrays().items()
    }
