"""Checks of the APIs: their own checkers, batches, infos."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from typing import Any

import numpy as np

from safety_envs.checkers.looks import drawing_faults
from safety_envs.checkers.rules import NotApplicable, moments
from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.infos import info_keys, infos
from safety_envs.core.observe import encodings

STEPS = 60


def check_api(configuration: Configuration) -> None:
    """Runs Gymnasium's or PettingZoo's checker with every encoding, and renders a picture."""
    with _without_warnings():
        if configuration.environment.is_multi_agent:
            _check_pettingzoo(configuration)
        else:
            _check_gymnasium(configuration)


def _check_gymnasium(configuration: Configuration) -> None:
    from gymnasium.utils.env_checker import check_env

    from safety_envs.adapters.gymnasium_env import SafetyEnv

    mode = _render_mode(configuration)
    for encoding in _encodings(configuration):
        env = SafetyEnv(configuration, observation=encoding, render_mode=mode)
        check_env(env, skip_render_check=mode is None)
        _render(env)


def _check_pettingzoo(configuration: Configuration) -> None:
    from pettingzoo.test import parallel_api_test, parallel_seed_test

    from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv

    def make(encoding: str | None = None) -> SafetyParallelEnv:
        mode = _render_mode(configuration)
        return SafetyParallelEnv(configuration, observation=encoding, render_mode=mode)

    with redirect_stdout(StringIO()):  # the checkers print that they passed
        for encoding in _encodings(configuration):
            parallel_api_test(make(encoding), num_cycles=STEPS)
        parallel_seed_test(make)
    _render(make())


def _encodings(configuration: Configuration) -> list[str]:
    """Returns the encodings that can be made: no colours if the picture cannot be drawn."""
    drawable = not drawing_faults(configuration)
    return [each for each in encodings(configuration) if drawable or each != "rgb"]


def _render_mode(configuration: Configuration) -> str | None:
    """Returns None if the picture cannot be drawn, which another checker reports."""
    return None if drawing_faults(configuration) else "rgb_array"


def _render(env: Any) -> None:
    env.reset(seed=0)
    if env.render_mode is not None:
        env.render()
    env.close()


def check_batch(configuration: Configuration) -> None:
    """Compares a native batch with single environments, in all three autoreset modes."""
    from safety_envs.adapters.gymnasium_env import SafetyEnv
    from safety_envs.adapters.vector_checker import check_vector_env
    from safety_envs.adapters.vector_env import SafetyVectorEnv

    if configuration.environment.is_multi_agent:
        raise NotApplicable("single Gymnasium environments, to compare with, have one agent")
    keywords = dict(configuration.keywords)
    keywords["max_steps"] = min(STEPS, keywords["max_steps"])
    asked = configuration.asked
    with _without_warnings():
        check_vector_env(
            lambda mode: SafetyVectorEnv(asked, 3, autoreset_mode=mode, **keywords),
            lambda: SafetyEnv(asked, **keywords),
            steps=2 * keywords["max_steps"] + 10,
        )


def check_infos(configuration: Configuration) -> None:
    """Checks the infos of random play: the keys are the same, and all numbers are finite."""
    engine = Engine(configuration, 4)
    expected = list(info_keys(engine))
    for step, _ in moments(engine, STEPS):
        for world, info in enumerate(infos(engine)):
            where = f"step {step}, world {world}"
            assert list(info) == expected, f"{where}: keys {list(info)}, expected {expected}"
            for key, value in info.items():
                assert np.isfinite(value), f"{where}: {key} is {value}"
        assert np.isfinite(engine.ledger.rewards).all(), f"step {step}: a reward is not finite"


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Silences the checkers' warnings, which concern conventions and not faults."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
