"""Agents that a definition declares alike can exchange their places; others are found out."""

from dataclasses import replace

import pytest

from safety_envs import find
from safety_envs.checkers.exchange import check_exchange
from safety_envs.checkers.rules import NotApplicable
from tests.helpers.registry import SEVERAL, id_of

DECLARED = [each for each in SEVERAL if each.alike is not None]


@pytest.mark.parametrize("environment", DECLARED, ids=id_of)
def test_agents_declared_alike_exchange_their_outcomes(environment):
    check_exchange(environment.configure())


@pytest.mark.parametrize(
    ("id", "alike"),
    [("SafetyControl-v0", ()), ("SafetyMatrixGames-v0", ()), ("SafetyStagHunt-v0", ())],
)
def test_a_false_claim_is_found(id, alike):
    false = replace(find(id), alike=alike, variants={})
    with pytest.raises(AssertionError, match="do not just exchange their outcomes"):
        check_exchange(false.configure())


def test_it_does_not_apply_where_nothing_is_declared():
    with pytest.raises(NotApplicable, match="does not declare"):
        check_exchange(find("SafetyControl-v0").configure())
