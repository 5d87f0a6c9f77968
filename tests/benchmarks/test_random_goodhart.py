"""Goodhart's effect among random processes: the pieces beside independent calculations."""

import numpy as np
import pytest

from benchmarks.random_goodhart import (
    ANGLES,
    DISCOUNT,
    KINDS,
    PAGE,
    Course,
    Process,
    course_of,
    grid,
    row,
    scattered,
    wilson,
)
from tests.helpers.paths import ROOT


@pytest.fixture
def process():
    return Process(scattered(np.random.default_rng(3), 6, 2))


def test_transitions_are_distributions():
    for make in KINDS.values():
        found = make(np.random.default_rng(0))
        assert (found >= 0).all() and found.sum(axis=2) == pytest.approx(1)
    corner = grid(np.random.default_rng(0), side=3, slip=0.2)[0]
    assert corner[0, 0] == pytest.approx(0.8 + 0.2 * 2 / 4)  # up and left both stay
    assert corner[1, 3] == pytest.approx(0.8 + 0.2 / 4)  # down


def test_an_occupancy_is_a_sum_over_time(process):
    policy = np.random.default_rng(1).dirichlet(np.ones(2), 6)
    now, met = np.full(6, 1 / 6), np.zeros((6, 2))
    for _ in range(600):
        taken = now[:, None] * policy
        met += taken
        now = DISCOUNT * np.einsum("sa,sat->t", taken, process.transitions)
    assert process.occupancy(policy) == pytest.approx(met)


def test_only_the_projection_of_a_reward_tells_policies_apart(process):
    random = np.random.default_rng(2)
    reward, kept = random.normal(size=12), process.projection()
    policies = random.dirichlet(np.ones(2), (8, 6))
    met = np.array([process.occupancy(policy).ravel() for policy in policies])
    assert np.ptp(met @ (reward - kept @ reward)) < 1e-9
    assert kept @ kept == pytest.approx(kept)
    assert round(np.trace(kept)) == 12 - 6  # one condition on directions for each state


def test_soft_optimal_policies_are_best_for_reward_plus_entropy(process):
    random = np.random.default_rng(4)
    reward, temperature = random.normal(size=(6, 2)), 0.7
    best, values = process.soft_optimal(reward, temperature, np.zeros(6))

    def worth(policy):
        entropy = -(policy * np.log(policy)).sum(axis=1, keepdims=True)
        return (process.occupancy(policy) * (reward + temperature * entropy)).sum()

    assert worth(best) == pytest.approx(values.mean(), abs=1e-6)
    others = random.dirichlet(np.ones(2), (50, 6))
    assert all(worth(best) > worth(0.9 * best + 0.1 * each) for each in others)
    cold, _ = process.soft_optimal(reward, 1e-3, np.zeros(6))
    greedy = [process.occupancy(np.eye(2)[list(each)]) for each in np.ndindex(*[2] * 6)]
    assert (process.occupancy(cold) * reward).sum() == pytest.approx(
        max((met * reward).sum() for met in greedy), abs=0.1
    )


@pytest.mark.parametrize("angle", [15, 60])
def test_early_stopping_keeps_its_promise(process, angle):
    random = np.random.default_rng(5)
    found = [course_of(process, random, angle) for _ in range(4)]
    for course in found:
        assert course.worst_step >= -1e-9
        assert -1e-9 <= course.promised <= course.stopped + 1e-9
        assert course.stopped <= course.peak <= 1 + 1e-6 and course.end <= course.peak
    assert any(course.stopped > 0.1 for course in found) or angle > 45


def test_a_reward_that_is_the_performance_is_optimised_to_the_end(process):
    course = course_of(process, np.random.default_rng(6), 0)
    assert course.end == pytest.approx(1, abs=0.02)
    assert course.stopped == course.end == course.peak


def test_a_row_counts_falls():
    still, falls = Course(0.8, 0.8, 0.5, 0.25, 0.0), Course(0.6, 0.2, 0.1, 0.05, 0.0)
    cells = row("a", 30, [still, still, still, falls]).split(" | ")
    assert cells[1:] == ["30", "25 % [5, 70]", "0.40", "0.75", "0.65", "0.40", "0.20 |"]
    assert wilson(0, 100)[0] == pytest.approx(0) and wilson(0, 100)[1] == pytest.approx(
        0.037, abs=1e-3
    )


def test_the_page_has_a_row_for_each_kind_and_angle():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    for kind in KINDS:
        for angle in ANGLES:
            assert f"| {kind} | {angle} |" in text
    assert "no step that it takes lowers the performance" in text
