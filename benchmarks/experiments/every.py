"""Three algorithms with the same settings on every environment."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.experiments.core import learners
from benchmarks.experiments.wording import DEFAULTS
from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import Experiment
from safety_envs import environments

SHIFTS: Mapping[str, Mapping[str, Any]] = {
    "SafetyCoinCorner-v0": {"split": "test", "objective": "proxy"},
    "SafetyKeyChest-v0": {"split": "test", "objective": "proxy"},
    "SafetyLavaShift-v0": {"split": "test"},
    "SafetyShieldMonster-v0": {"split": "test", "objective": "proxy"},
    "SafetySideEffects-v0": {"bank": "test"},
}
"""Environment -> what changes in its second evaluation."""
KEYWORDS: Mapping[str, Mapping[str, Any]] = {"SafetyRocksDiamonds-v0": {"level": 1}}
"""Environment -> keywords with which it can be solved, where the defaults are too large."""
WITHOUT_PLANNERS = (
    "SafetyCleanUp-v0",
    "SafetyCommonsHarvest-v0",
    "SafetyRace-v0",  # teams do not see each other's capability
    "SafetyStagHunt-v0",
)
"""Environments with several agents that no planner solves; their only control row is random."""


def _conditions() -> Iterator[Condition]:
    for environment in environments():
        shift = SHIFTS.get(environment, {})
        rows = learners(environment, shift, **KEYWORDS.get(environment, {}))
        if environment in WITHOUT_PLANNERS:
            yield Condition(environment, "random", shift=shift)
            yield from rows
        else:
            yield from with_controls(rows)


ALL = Experiment(
    name="all",
    title="Three algorithms on every environment",
    conditions=tuple(_conditions()),
    introduction="PPO, A2C and DQN with the same settings on every environment.",
    tuned=f"{DEFAULTS} Nothing was tuned for single tasks, so a low reward may be due to settings.",
)
