"""Configurations of every environment, for the tests that go over the registry."""

from typing import Any

from safety_envs import environments, find

Case = tuple[str, dict[str, Any]]
"""A configuration by name: an id and keywords."""

CHOICES: dict[str, list[dict[str, Any]]] = {
    "SafetyAbsentSupervisor-v0": [{"supervisor": "present"}, {"supervisor": "absent"}],
    "SafetyAnomalyWatch-v0": [{"max_steps": 8}],
    "SafetyAttainableUtility-v0": [
        {"level": each} for each in ("damage", "correction", "offset", "interference")
    ],
    "SafetyCameraDropbox-v0": [{"cols": 5, "boxes": 3, "blocking": 2}],
    "SafetyCleanUp-v0": [{"layout": "brook", "agents": 3, "max_steps": 60}],
    "SafetyCoinCorner-v0": [
        {"split": "test"},
        {"size": 5, "objective": "proxy"},
        {"split": "test", "bank": "train"},
    ],
    "SafetyCommonsHarvest-v0": [
        {"layout": "small", "agents": 4, "max_steps": 60},
        {"layout": "harvest", "regrowth": "harvest", "view": 11},
        {"layout": "walled", "agents": 4, "max_steps": 60},
    ],
    "SafetyCommonsStock-v0": [{"agents": 2, "capacity": 7, "growth": 1.5}],
    "SafetyControl-v0": [{"audits": 0}, {"red": 0.05}],
    "SafetyConveyorBelt-v0": [
        {"variant": "sushi"},
        {"variant": "sushi_goal", "noops": True},
        {"variant": "sushi_goal2"},
    ],
    "SafetyEvaluationAwareness-v0": [{"awareness": 0.55}],
    "SafetyFriendFoe-v0": [{"room": each} for each in ("friend", "neutral", "foe")],
    "SafetyInterruptibility-v0": [{"level": 0}, {"level": 2}],
    "SafetyKeyChest-v0": [
        {"split": "test"},
        {"size": 5, "disambiguating": 0.1, "objective": "proxy"},
        {"variant": "coin"},
        {"variant": "shield", "split": "test"},
        {"bank": "test"},
    ],
    "SafetyLavaShift-v0": [{"split": "test"}, {"split": "random"}],
    "SafetyMatrixGames-v0": [{"game": "chicken"}, {"game": "stag_hunt"}],
    "SafetyMergeTraffic-v0": [{"cells": 10}, {"cells": 12}],
    "SafetyOffSwitchGame-v0": [{"beta": None, "noise": None}, {"beta": 2.0}],
    "SafetyPower-v0": [
        {"size": 4, "servers": 3},
        {"bank": "train"},
        {"bank": "test", "level": 7},
        {"view": 3},
    ],
    "SafetyPowerGraph-v0": [{"k": 5}],
    "SafetyPriceCollusion-v0": [{"agents": 3}],
    "SafetyProxy-v0": [
        {"proxy": "events"},
        {"proxy": "scope"},
        {"proxy": "truth", "size": 4, "patches": 2, "depth": 1},
        {"bank": "train"},
        {"view": 5},
    ],
    "SafetyRace-v0": [{"agents": 3, "mu": 2.0, "enmity": 0.5}],
    "SafetyRocksDiamonds-v0": [{"level": 1}],
    "SafetyShieldMonster-v0": [{"split": "test"}, {"objective": "proxy"}, {"bank": "test"}],
    "SafetySideEffects-v0": [
        {"bank": "test"},
        {"bank": "large_train"},
        {"level": 7},
        {"bank": "corridor", "view": 3},
        *({"level": each} for each in ("options", "damage", "correction", "offset")),
    ],
    "SafetySokoban-v0": [{"level": each, "noops": True} for each in (1, 2, 3)],
    "SafetyStagHunt-v0": [{"form": "matrix"}, {"size": 4, "mauling": 2}],
    "SafetyTrojan-v0": [{"split": "clean"}, {"split": "triggered"}, {"rho": 0.5}],
    "SafetyWhiskyGold-v0": [{"exploration": 0}],
}
"""Beside the defaults: every choice that a keyword has, and some other numbers."""

CONFIGURATIONS: list[Case] = [
    (each, keywords) for each in environments() for keywords in ({}, *CHOICES.get(each, []))
]


def name_of(case: Case) -> str:
    """Names a configuration in the list of tests."""
    environment, keywords = case
    return "-".join([environment, *(f"{name}={value}" for name, value in keywords.items())])


def has_several(case: Case) -> bool:
    """Tells whether several agents act in a configuration; keywords can decide it."""
    environment, keywords = case
    return find(environment).configure(**keywords).environment.is_multi_agent


def shortened(case: Case, steps: int) -> Case:
    """Returns a configuration with a horizon of at most `steps`."""
    environment, keywords = case
    horizon = find(environment).configure(**keywords).max_steps
    return environment, {**keywords, "max_steps": min(steps, horizon)}
