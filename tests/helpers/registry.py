"""Definitions of the registry by kind, for tests that are parametrised over them."""

import pytest

from safety_envs import environments
from safety_envs.core.observe import encodings
from tests.helpers.definitions import DILEMMA, QUEUE

ALL = list(environments().values())
SINGLE = [each for each in ALL if not each.is_multi_agent]
SEVERAL = [each for each in ALL if each.is_multi_agent]
HIDING = [each for each in SINGLE if each.hidden]

EVERY = [*ALL, QUEUE, DILEMMA]
"""Beside the registry, definitions without a grid."""
ALONE = [*SINGLE, QUEUE]
GROUPS = [*SEVERAL, DILEMMA]

SINGLE_IDS = [each.id for each in SINGLE]
SEVERAL_IDS = [each.id for each in SEVERAL]


def id_of(environment):
    """Names a definition in the list of tests."""
    return environment.id


def with_encodings(definitions):
    """Returns the parameters (definition, encoding of its observation)."""
    return [
        pytest.param(each, name, id=f"{each.id}-{name}")
        for each in definitions
        for name in encodings(each.configure())
    ]
