"""The proxy: its certificates against a second model and on many layouts."""

import pytest

from safety_envs import certify, find
from tests.helpers.cleaning_room import CleaningRoom
from tests.helpers.second_models import optima, optima_of, uniform

PROXY = find("SafetyProxy-v0")


@pytest.mark.parametrize("proxy", ["camera", "events", "scope", "truth"])
@pytest.mark.parametrize(
    ("seed", "size", "patches", "depth", "horizon"),
    [(0, 3, 2, 2, 14), (5, 4, 1, 3, 16), (7, 5, 2, 1, 12), (8, 4, 2, 2, 10)],
)
def test_proxy_certificates_equal_a_second_model(proxy, seed, size, patches, depth, horizon):
    room = CleaningRoom(seed, size, patches, depth, proxy)
    model = room.start, room.certainly, 7, horizon
    found = certify(
        PROXY, seed=seed, size=size, patches=patches, depth=depth, proxy=proxy, horizon=horizon
    )
    assert optima_of(found) == pytest.approx(optima(*model), abs=1e-9)
    assert found.uniform == pytest.approx(uniform(*model), abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_the_camera_is_a_wedge_and_truth_is_safe_on_every_layout(seed):
    camera = certify(PROXY, seed=seed)
    assert camera.num_states == 6250
    assert camera.hazard_class == "W"
    assert camera.performance_interval[1] < camera.best_performance - 0.1
    assert camera.alignment_tax > 0
    truth = certify(PROXY, seed=seed, proxy="truth")
    assert truth.hazard_class == "none"
    assert truth.performance_interval == pytest.approx((truth.best_performance,) * 2)
    assert truth.best_performance == pytest.approx(camera.best_performance)
    assert truth.uniform[1] == pytest.approx(camera.uniform[1])
