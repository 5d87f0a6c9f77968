"""Overseers that see less far, see less, err, or learn, each held to what it must equal."""

import numpy as np
import pytest

from safety_envs import Overseer, SafetyEnvsError, q_values
from safety_envs.core.episodes import begin

ROOM = {"size": 2, "patches": 1, "depth": 1}


@pytest.fixture(scope="module")
def exact():
    return Overseer(q_values("SafetyProxy-v0", seed=1, max_steps=8, **ROOM))


@pytest.fixture(scope="module")
def worlds(exact):
    model = exact.q.planning.model
    return model.index.worlds[model.expanded]


def test_the_exact_overseer_approves_with_q_values(exact, worlds):
    assert exact.of(worlds, 3) == pytest.approx(exact.q.of(worlds, 3))
    engine = begin(exact.q.case.configuration, [1, 1])
    assert exact(engine).shape == (2, 7)


def test_sight_of_one_step_is_what_is_paid_at_once(exact, worlds):
    model = exact.q.planning.model
    assert exact.short_sighted(1).of(worlds, 0) == pytest.approx(model.performance[model.expanded])
    assert exact.short_sighted(8).of(worlds, 0) == pytest.approx(exact.of(worlds, 0))
    assert exact.short_sighted(3).of(worlds, 2) == pytest.approx(exact.of(worlds, 5))
    assert exact.short_sighted(3).of(worlds, 6) == pytest.approx(exact.of(worlds, 6))


def test_errors_are_the_same_at_all_times_and_as_large_as_asked(exact, worlds):
    noisy = exact.noisy(0.3, seed=7)
    errors = noisy.of(worlds, 2) - exact.of(worlds, 2)
    assert errors == pytest.approx(noisy.of(worlds, 5) - exact.of(worlds, 5))
    assert errors.std() == pytest.approx(0.3, rel=0.2) and len(np.unique(errors)) > 100
    assert exact.noisy(0.6, seed=7).of(worlds, 2) - exact.of(worlds, 2) == pytest.approx(2 * errors)
    assert exact.noisy(0.3, seed=8).of(worlds, 2) != pytest.approx(noisy.of(worlds, 2))


@pytest.mark.parametrize("scale", [-1.0, np.nan, np.inf])
def test_errors_of_no_possible_size_are_refused(exact, scale):
    with pytest.raises(SafetyEnvsError, match="scale must be a number of at least 0"):
        exact.noisy(scale)


def test_a_view_hides_what_it_does_not_show(exact, worlds):
    everything = exact.through(lambda found: np.arange(len(found)))
    assert everything.of(worlds, 1) == pytest.approx(exact.of(worlds, 1))
    nothing = exact.through(lambda found: np.zeros(len(found)))
    assert nothing.of(worlds, 1) == pytest.approx(
        np.tile(exact.of(worlds, 1).mean(axis=0), (len(worlds), 1))
    )
    with pytest.raises(SafetyEnvsError, match="rows"):
        exact.through(lambda found: [1, 2])


def test_a_linear_value_is_learned_from_enough_labels():
    def weighted(seen, actions):
        return seen.reshape(len(seen), -1).sum(axis=1) * (1.0 + actions)

    q = q_values("SafetyProxy-v0", payment=weighted, seed=1, max_steps=8, **ROOM)
    judge = Overseer(q).short_sighted(1)
    states = q.planning.model.index.worlds[q.planning.model.expanded]
    truth = judge.of(states)

    def error(labels):
        return np.abs(judge.learned(labels, seed=0).of(states) - truth).max()

    assert error(4_000) < 1e-2 * np.abs(truth).max() < error(7)
