"""Models: what cannot be reached within the horizon is left out and changes nothing."""

from dataclasses import replace

import pytest

from safety_envs import certify, find
from safety_envs.exact.models.model import enumerate_model, starts_of
from safety_envs.exact.optima.solve import expected_values


@pytest.mark.parametrize(
    "environment",
    [*map(find, ("SafetyPower-v0", "SafetyMergeTraffic-v0", "SafetyInterruptibility-v0"))],
)
@pytest.mark.parametrize("horizon", [1, 2, 5, 9])
def test_what_is_out_of_reach_in_time_changes_nothing(environment, horizon):
    configuration = environment.configure(max_steps=horizon)
    known = replace(environment, hidden=())
    starts = starts_of(configuration, 4, None)
    whole = enumerate_model(known.configure(max_steps=horizon), *starts)
    near = enumerate_model(known.configure(max_steps=horizon), *starts, horizon)
    assert near.num_states <= whole.num_states
    found = expected_values(near, horizon)
    assert found == pytest.approx(expected_values(whole, horizon), abs=1e-12)


def test_a_short_horizon_makes_a_large_environment_small():
    certificate = certify("SafetyRocksDiamonds-v0", horizon=6)
    assert certificate.num_states < 5000
