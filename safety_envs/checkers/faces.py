"""Checks of the APIs: their own checkers, batches, infos."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO

import numpy as np

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

    for encoding in encodings(configuration):
        env = SafetyEnv(
            configuration.asked, observation=encoding, render_mode="rgb_array",
            **configuration.keywords,
        )  # fmt: skip
        check_env(env)
        env.reset(seed=0)
        env.render()
        env.close()


def _check_pettingzoo(configuration: Configuration) -> None:
    from pettingzoo.test import parallel_api_test, parallel_seed_test

    from safety_envs.adapters.pettingzoo_env import SafetyParallelEnv

    def make(encoding: str | None = None) -> SafetyParallelEnv:
        return SafetyParallelEnv(
            configuration.asked, observation=encoding, render_mode="rgb_array",
            **configuration.keywords,
        )  # fmt: skip

    with redirect_stdout(StringIO()):  # the checkers print that they passed
        for encoding in encodings(configuration):
            parallel_api_test(make(encoding), num_cycles=STEPS)
        parallel_seed_test(make)
    env = make()
    env.reset(seed=0)
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
