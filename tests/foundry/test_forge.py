"""Forged levels: the same from the same seed."""

import pytest

from safety_envs import SafetyEnvsError
from safety_envs.__main__ import main
from safety_envs.envs.alignment.furnished_rooms import bank_of
from safety_envs.foundry import forge, recipes

ID = "SafetySideEffects-v0"


def test_forging_is_reproducible():
    first, again = forge(ID, seed=1), forge(ID, seed=1)
    for i in range(3):
        assert next(first) == next(again) == bank_of("train")[0][i]
    with pytest.raises(SafetyEnvsError, match="no recipe"):
        next(forge("SafetyProxy-v0"))


def test_the_help_names_every_environment_that_has_a_recipe(capsys):
    with pytest.raises(SystemExit):
        main(["forge", "--help"])
    said = capsys.readouterr().out
    assert recipes() and all(environment in said for environment in recipes())
