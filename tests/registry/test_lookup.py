"""Environments are found by their id; what is no id is named."""

from functools import partial

import numpy as np
import pytest

from safety_envs import certify, find, sb3_vec_env
from safety_envs.envs import resolve
from tests.helpers.refusals import assert_refused

ID = "SafetyProxy-v0"


def asked(function, *arguments):
    """Returns a call, whatever the types: what is wrong with them is the test."""
    return partial(function, *arguments)


NEITHER = "its id, its definition or a configuration, got 5"
CASES = {
    "unknown id": (lambda: find("SafetyProxi-v0"), r"unknown .*'SafetyProxi-v0'.*'SafetyProxy-v0'"),
    "unknown id to certify": (lambda: certify("SafetyProxy"), "Did you mean 'SafetyProxy-v0'"),
    "an id that is a number": (asked(find, 5), "id is text such as 'SafetyProxy-v0', got 5"),
    "an id that is a list": (asked(find, [ID]), "id is text"),
    "an id that is an array": (asked(find, np.zeros((9, 9))), "id is text"),
    "an id that is nothing": (asked(find, None), "id is text such as .* got None"),
    "a definition that is a number": (asked(resolve, 5), NEITHER),
    "a batch of a number": (asked(sb3_vec_env, 5, 2), NEITHER),
    "a certificate of a number": (asked(certify, 5), NEITHER),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_environment_is_refused_in_one_line(case):
    assert_refused(*CASES[case])
