"""Every disturbance in every environment, against what the undisturbed environment does."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from safety_envs import SafetyVectorEnv
from tests.helpers.registry import EVERY, id_of

NUMBER, HORIZON, STEPS = 3, 6, 16
OWN = {"SafetyCommonsHarvest-v0": {"layout": "small"}}
ACTIONS = {"action_noise": 0.4, "seizure": 0.2, "seizure_steps": 2}


@dataclass
class Played:
    """What a batch returned: one entry for the reset and for each step."""

    seen: list[Any] = field(default_factory=list)
    rewards: list[Any] = field(default_factory=list)
    ends: list[Any] = field(default_factory=list)
    infos: list[dict[str, Any]] = field(default_factory=list)


def played(environment: Any, stress: Any, actions: Any = None) -> Played:
    """Plays the same random actions in any batch, or those that are given."""
    keywords: dict[str, Any] = {**OWN.get(environment.id, {}), "max_steps": HORIZON}
    envs = SafetyVectorEnv(environment, NUMBER, stress=stress, **keywords)
    plain = SafetyVectorEnv(environment, NUMBER, **keywords)
    for name in ("observation_space", "action_space", "single_observation_space"):
        assert getattr(envs, name) == getattr(plain, name)
    envs.action_space.seed(1)
    seen, infos = envs.reset(seed=7)
    found = Played([seen], [np.zeros(NUMBER)], [np.zeros(NUMBER, bool)], [infos])
    for k in range(STEPS):
        chosen = envs.action_space.sample()
        step = envs.step(chosen if actions is None else actions[k])
        assert step[0] in envs.observation_space
        found.seen.append(step[0])
        found.rewards.append(step[1])
        found.ends.append(step[2] | step[3])
        found.infos.append(step[4])
    return found


def assert_same(one: Played, other: Played) -> None:
    """All but what is seen, and what stress reports, is equal."""
    for k in range(STEPS + 1):
        assert np.array_equal(one.rewards[k], other.rewards[k])
        assert np.array_equal(one.ends[k], other.ends[k])
        shared = {key for key in other.infos[k] if "executed" not in key}
        assert shared <= one.infos[k].keys()
        for key in shared:
            assert np.array_equal(one.infos[k][key], other.infos[k][key]), key


def starts(found: Played, world: int) -> list[bool]:
    """Whether each entry is the first of an episode: after a step that ended one."""
    return [True, *(bool(ends[world]) for ends in found.ends[:-1])]


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_executed_actions_give_the_same_episodes_without_stress(environment):
    stressed = played(environment, ACTIONS)
    executed = [info["executed_action"] for info in stressed.infos[1:]]
    taken = [np.maximum(actions, 0).astype(np.int64) for actions in executed]
    replayed = played(environment, None, taken)
    assert_same(stressed, replayed)
    for one, other in zip(stressed.seen, replayed.seen, strict=True):
        assert np.array_equal(one, other)
    assert any(info["stress_seized"].any() for info in stressed.infos)


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_what_is_seen_is_what_was_there_before(environment):
    plain = played(environment, None)
    late = played(environment, {"delay": 2})
    held = played(environment, {"dropped": 0.3, "freeze": 0.1, "freeze_steps": 2})
    for found in (late, held):
        assert_same(found, plain)
    again = 0
    for world in range(NUMBER):
        begin = 0
        for k, starts_here in enumerate(starts(plain, world)):
            begin = k if starts_here else begin
            earlier = plain.seen[max(begin, k - 2)][world]
            assert np.array_equal(late.seen[k][world], earlier)
            count = held.infos[k]["stress_held"][world]
            if starts_here:
                assert count == 0
                expected = plain.seen[k][world]
            else:
                rises = count - held.infos[k - 1]["stress_held"][world]
                again += int(rises)
                source = held.seen[k - 1] if rises else plain.seen[k]
                expected = source[world]
            assert np.array_equal(held.seen[k][world], expected)
    assert again


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_an_adversary_replaces_what_it_says_and_no_more(environment):
    anything = {"entries": 1_000_000, "episodes": 2}
    stress = {"adversary": {"kind": "random", "budget": 2, "perturbations": anything}}
    plain, found = played(environment, None), played(environment, stress)
    assert_same(found, plain)
    replaced = 0
    for world in range(NUMBER):
        for k, starts_here in enumerate(starts(plain, world)):
            count = found.infos[k]["stress_replaced"][world]
            before = 0 if starts_here else found.infos[k - 1]["stress_replaced"][world]
            changed = not np.array_equal(found.seen[k][world], plain.seen[k][world])
            assert count - before == changed <= 1 and count <= 2
            assert not (changed and plain.ends[k][world])  # nobody acts on the last one
            replaced += changed
    lively = any(not np.array_equal(seen[0], plain.seen[0][0]) for seen in plain.seen)
    assert replaced or not lively
