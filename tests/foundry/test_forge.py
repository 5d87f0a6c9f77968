"""Forged levels: the same from the same seed."""

import pytest

from safety_envs import SafetyEnvsError
from safety_envs.envs.alignment.furnished_rooms import bank_of
from safety_envs.foundry import forge

ID = "SafetySideEffects-v0"


def test_forging_is_reproducible():
    first, again = forge(ID, seed=1), forge(ID, seed=1)
    for i in range(3):
        assert next(first) == next(again) == bank_of("train")[0][i]
    with pytest.raises(SafetyEnvsError, match="no recipe"):
        next(forge("SafetyProxy-v0"))
