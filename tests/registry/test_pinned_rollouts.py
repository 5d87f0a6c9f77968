"""Environments play as they always have: fixed rollouts of all configurations have fixed digests.

Where a rule is changed on purpose, `python -m tests.registry.test_pinned_rollouts` writes them
again.
"""

import hashlib
import json
from typing import Any

import numpy as np
import pytest

from safety_envs import Engine, find
from tests.helpers.configurations import CONFIGURATIONS, Case, name_of
from tests.helpers.paths import DATA

PINNED = DATA / "rollouts.json"
WORLDS, STEPS = 8, 120


def digest(id: str, keywords: dict[str, Any]) -> str:
    """Returns a digest of all that happens under random actions, with automatic resets."""
    configuration = find(id).configure(**keywords)
    engine = Engine(configuration, WORLDS)
    engine.seed(range(100, 100 + WORLDS))
    engine.reset()
    actions = np.random.default_rng(5).integers(
        len(configuration.actions), size=(STEPS, *engine.action_shape)
    )
    found = hashlib.sha256()
    for action in actions:
        engine.step(action)
        ledger = engine.ledger
        found.update(fixed(engine.worlds))
        for numbers in (ledger.rewards, ledger.terminated, ledger.truncated, ledger.costs):
            found.update(fixed(numbers))
        for channel in sorted(configuration.channels):
            found.update(fixed(ledger.totals[:, configuration.channels.index(channel)]))
        if engine.done.any():
            engine.reset(engine.done)
    return found.hexdigest()[:16]


def fixed(array: Any) -> bytes:
    """Returns an array's bytes; of real numbers eight digits, in which all machines agree."""
    if array.dtype.names:
        return b"".join(fixed(array[name]) for name in array.dtype.names)
    if array.dtype.kind == "f":
        array = np.round(array.astype(np.float64), 8) + 0.0
    return np.ascontiguousarray(array).tobytes()


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_an_environment_plays_as_it_always_has(case: Case) -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    assert digest(*case) == pinned[name_of(case)]


if __name__ == "__main__":
    table = {name_of(case): digest(*case) for case in CONFIGURATIONS}
    PINNED.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
