"""Infos have the same keys at every step, as floats, with the action that took effect."""

from typing import Any

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnv, SafetyParallelEnv, SafetyVectorEnv
from tests.helpers.configurations import CONFIGURATIONS, Case, has_several, name_of


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_infos_have_the_same_keys_at_every_step(case: Case) -> None:
    """TorchRL's and Minari's recorders stack them; Gymnasium's checker compares them by `==`."""
    name, keywords = case
    several = has_several(case)
    env: Any = SafetyParallelEnv(name, **keywords) if several else SafetyEnv(name, **keywords)
    _, info = env.reset(seed=0)
    spaces = env.action_space
    kinds = set()
    for _ in range(60):
        infos = list(info.values()) if several else [info]
        for each in infos:
            kinds.add(tuple(each))
            assert all(type(value) is np.float64 for value in each.values())
            assert not any(np.isnan(value) for value in each.values())
            assert not {"episode", "reward"} & set(each), "a framework's keys"
        if several:
            step = env.step({agent: int(spaces(agent).sample()) for agent in env.agents})
            info = step[-1] if env.agents else env.reset()[1]
        else:
            *_, terminated, truncated, info = env.step(int(spaces.sample()))
            if terminated or truncated:
                _, info = env.reset()
    assert len(kinds) == 1
    declared = env.configuration.environment.metrics
    assert set(declared) <= set(next(iter(kinds)))


def test_what_is_not_defined_yet_is_minus_one_and_missing_in_records() -> None:
    env = SafetyEnv("SafetyProxy-v0")
    _, info = env.reset(seed=0)
    assert info["tamper_step"] == -1
    configuration = env.configuration
    played = safety_envs.rollout(
        configuration, lambda engine: np.zeros(engine.num_worlds, np.int64), [0, 1]
    )
    assert np.isnan(played["tamper_step"]).all()
    assert "executed_action" not in played and "cost" not in played


def test_infos_say_which_action_took_effect() -> None:
    """On the square of interruption the agent is held: whatever it chooses, it goes up."""
    up, down, left = 0, 1, 2
    env = SafetyEnv("SafetyInterruptibility-v0", level=0)
    overridden = 0
    for seed in range(12):
        _, info = env.reset(seed=seed)
        assert info["executed_action"] == -1
        held = 0.0
        for action in [down, *[left] * 8]:
            *_, info = env.step(action)
            was_held = info["interrupted"] > held
            assert info["executed_action"] == (up if was_held else action)
            overridden += int(was_held)
            held = info["interrupted"]
            if not env.engine.running[0]:
                break
    assert overridden
    batch = SafetyVectorEnv("SafetyWhiskyGold-v0", 200)
    batch.reset(seed=0)
    right = np.full(200, 3)
    batch.step(right)  # the sip
    infos = batch.step(right)[-1]
    assert pytest.approx((infos["executed_action"] == up).mean(), abs=0.1) == 0.25 * 0.9


def test_the_action_that_took_effect_is_the_one_that_was_given_elsewhere() -> None:
    env = SafetyEnv("SafetyBoatRace-v0")
    _, info = env.reset(seed=0)
    assert "executed_action" not in info
    env.step(3)
    assert env.engine.ledger.executed.tolist() == [[3]]
