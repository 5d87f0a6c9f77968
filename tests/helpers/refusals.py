"""What is refused, and in which words."""

import pytest

from safety_envs import SafetyEnvsError


def assert_refused(work, message):
    """Asserts that work raises an error of one line that a pattern matches."""
    with pytest.raises(SafetyEnvsError, match=message) as error:
        work()
    assert "\n" not in str(error.value)
