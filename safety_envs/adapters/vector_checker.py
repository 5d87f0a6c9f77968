"""A checker of vector environments: shapes, types, masks, autoreset, and equality with single ones.

Gymnasium checks only single environments. This checker does the same for a native `VectorEnv`.
"""

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv


def check_vector_env(
    make_vector: Callable[[AutoresetMode], VectorEnv[Any, Any, Any]],
    make_single: Callable[[], gym.Env[Any, Any]],
    *,
    steps: int = 200,
    seed: int = 0,
) -> None:
    """Checks a native vector environment in all three autoreset modes.

    In each mode, the native batch and a `SyncVectorEnv` of single environments are reset with the
    same seeds and get the same actions. Observations, rewards, terminations, truncations and infos
    must be equal at every step. Types, shapes and spaces are checked too.

    Args:
        make_vector: returns the native environment in a given autoreset mode.
        make_single: returns a single environment.
        steps: the number of steps to compare; several episodes, ideally.
        seed: the seed of the worlds and the actions.

    Raises:
        AssertionError: a difference; the message says what differs, where and when.
    """
    for mode in AutoresetMode:
        native = make_vector(mode)
        reference = SyncVectorEnv([make_single] * native.num_envs, autoreset_mode=mode)
        try:
            _check_spaces(native, reference, mode)
            _compare(native, reference, mode, steps, seed)
        finally:
            native.close()
            reference.close()


def _check_spaces(native: Any, reference: Any, mode: AutoresetMode) -> None:
    found = native.metadata.get("autoreset_mode")
    assert found is mode, f"metadata['autoreset_mode'] is {found!r}, expected {mode!r}"
    for name in ("single_observation_space", "single_action_space", "observation_space"):
        mine, other = getattr(native, name), getattr(reference, name)
        assert mine == other, f"{name} is {mine}, expected {other}"


def _compare(native: Any, reference: Any, mode: AutoresetMode, steps: int, seed: int) -> None:
    native.action_space.seed(seed)
    _same_data(native.reset(seed=seed), reference.reset(seed=seed), f"{mode.value}, reset")
    endings = 0
    for step in range(steps):
        actions = native.action_space.sample()
        when = f"{mode.value}, step {step}"
        mine = native.step(actions)
        _check_types(native, mine, when)
        _same_data(mine, reference.step(actions), when)
        done = mine[2] | mine[3]
        endings += int(done.sum())
        if mode is AutoresetMode.DISABLED and done.any():
            options = {"reset_mask": done.copy()}
            again = native.reset(options=options)
            assert "reset_mask" in options, f"{when}: reset() removed 'reset_mask' from options"
            _same_data(again, reference.reset(options={"reset_mask": done}), f"{when}, reset")
    assert endings, f"{mode.value}: no episode ended within {steps} steps: give more steps"


def _check_types(native: Any, returned: tuple[Any, ...], when: str) -> None:
    observations, rewards, terminated, truncated, infos = returned
    number = native.num_envs
    assert observations in native.observation_space, f"{when}: observations outside their space"
    assert rewards.shape == (number,), f"{when}: rewards have shape {rewards.shape}"
    assert rewards.dtype == np.float64, f"{when}: rewards have dtype {rewards.dtype}"
    for name, flags in (("terminated", terminated), ("truncated", truncated)):
        assert flags.shape == (number,), f"{when}: {name} has shape {flags.shape}"
        assert flags.dtype == np.bool_, f"{when}: {name} has dtype {flags.dtype}"
    _check_masks(infos, number, when)


def _check_masks(infos: dict[str, Any], number: int, when: str) -> None:
    """Checks that every value has a mask, and that numbers are float64."""
    for key, value in infos.items():
        if key.startswith("_"):
            assert value.dtype == np.bool_, f"{when}: mask {key!r} has dtype {value.dtype}"
            assert value.shape == (number,), f"{when}: mask {key!r} has shape {value.shape}"
            continue
        assert f"_{key}" in infos, f"{when}: info {key!r} has no mask"
        if isinstance(value, dict):
            _check_masks(value, number, f"{when}, {key}")
        elif value.dtype != object:
            assert value.dtype == np.float64, f"{when}: info {key!r} has dtype {value.dtype}"


def _same_data(mine: Any, other: Any, where: str) -> None:
    """Asserts that two nested structures hold the same values; NaN equals NaN."""
    if isinstance(other, dict):
        assert set(mine) == set(other), f"{where}: keys {sorted(mine)}, expected {sorted(other)}"
        for key in other:
            _same_data(mine[key], other[key], f"{where}, {key!r}")
    elif isinstance(other, (tuple, list)) or _holds_objects(other):
        assert len(mine) == len(other), f"{where}: length {len(mine)}, expected {len(other)}"
        for i, (one, two) in enumerate(zip(mine, other, strict=True)):
            _same_data(one, two, f"{where}[{i}]")
    elif isinstance(other, np.ndarray):
        assert mine.dtype == other.dtype, f"{where}: dtype {mine.dtype}, expected {other.dtype}"
        equal = np.array_equal(mine, other, equal_nan=other.dtype.kind == "f")
        assert equal, f"{where}: the native batch has\n{mine}\nsingle environments have\n{other}"
    else:
        assert mine == other, f"{where}: {mine!r}, expected {other!r}"


def _holds_objects(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "O"
