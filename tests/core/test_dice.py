"""Chance: fair, reproducible, and listed completely when loaded."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from safety_envs import SafetyEnvsError
from safety_envs.core.compile import Binding, compiled, plain
from safety_envs.core.dice import (
    LOADED,
    LOADING,
    deal,
    flip,
    load_first,
    load_next,
    normal,
    roll,
    seeded,
    spread_seed,
    two_normals,
    uniform,
)
from safety_envs.core.fields import PlainArray

THROWS = 40_000


def throw_many(dice, out):
    for i in range(len(out)):
        out[i] = roll(dice[0], 6)


def deal_many(dice, hands):
    for i in range(len(hands)):
        deal(dice[0], 5, hands[i])


def throw_uniform(dice, out):
    for i in range(len(out)):
        out[i] = uniform(dice[0])


def all_ways(dice, ways):
    """Two coins, and a die if both show heads."""
    load_first(dice[0])
    for row in range(len(ways)):
        heads = 0
        for _ in range(2):
            if flip(dice[0], 0.3):
                heads += 1
        ways[row, 0] = heads
        ways[row, 1] = roll(dice[0], 4) if heads == 2 else -1
        ways[row, 2] = dice[0].probability
        if not load_next(dice[0]):
            return row + 1
    return -1


def chi_square(counts, expected):
    return float(((counts - expected) ** 2 / expected).sum())


def test_a_die_is_fair():
    out = np.zeros(THROWS, np.int64)
    compiled(throw_many)(seeded([5]), out)
    assert set(out) == set(range(6))
    assert chi_square(np.bincount(out), THROWS / 6) < 20.5  # 5 degrees of freedom, p = .001


def test_uniform_numbers_fill_the_unit_interval():
    out = np.zeros(THROWS)
    compiled(throw_uniform)(seeded([1]), out)
    assert 0 <= out.min() < 0.001
    assert 0.999 < out.max() < 1
    counts = np.histogram(out, 20, (0, 1))[0]
    assert chi_square(counts, THROWS / 20) < 43.8  # 19 degrees of freedom, p = .001


def test_a_hand_is_distinct_and_every_order_equally_likely():
    hands = np.zeros((THROWS, 3), np.int64)
    compiled(deal_many)(seeded([2]), hands)
    assert (np.diff(np.sort(hands, axis=1), axis=1) > 0).all()
    counts = np.bincount(hands @ [25, 5, 1], minlength=125)
    assert (counts > 0).sum() == 60  # 5 * 4 * 3 orders
    assert chi_square(counts[counts > 0], THROWS / 60) < 98.3  # 59 degrees, p = .001


def test_neighbouring_seeds_have_unrelated_streams():
    streams = np.zeros((50, 400))
    for seed in range(50):
        compiled(throw_uniform)(seeded([seed]), streams[seed])
    correlations = np.corrcoef(streams)[~np.eye(50, dtype=bool)]
    assert np.abs(correlations).max() < 0.25


def test_large_seeds_differ_in_their_high_bits():
    states = {int(seeded([seed])["state"][0]) for seed in (1, 1 + 2**64, 1 + 2**100, 2**64)}
    assert len(states) == 4


@pytest.mark.parametrize("bind", [compiled, plain])
def test_plain_and_compiled_dice_fall_alike(bind):
    out = np.zeros(100)
    dice = seeded([123])
    bind(throw_uniform)(dice if bind is compiled else PlainArray(dice), out)
    # splitmix64 written out with Python's own integers
    mask, state, expected = 2**64 - 1, int(seeded([123])["state"][0]), []
    for _ in range(100):
        state = (state + 0x9E3779B97F4A7C15) & mask
        word = state
        word = ((word ^ word >> 30) * 0xBF58476D1CE4E5B9) & mask
        word = ((word ^ word >> 27) * 0x94D049BB133111EB) & mask
        expected.append(((word ^ word >> 31) >> 11) / 2**53)
    assert out.tolist() == expected


def test_loaded_dice_fall_in_every_way_once():
    ways = np.zeros((20, 3))
    count = compiled(all_ways, Binding(LOADING))(np.zeros(1, LOADED), ways)
    assert count == 3 + 4
    ways = ways[:count]
    assert len({tuple(way[:2]) for way in ways}) == 6  # one head comes in two orders
    assert ways[:, 2].sum() == pytest.approx(1)
    assert ways[ways[:, 0] == 1, 2].sum() == pytest.approx(2 * 0.3 * 0.7)
    assert ways[ways[:, 1] == 3, 2].tolist() == pytest.approx([0.3**2 / 4])


@pytest.mark.parametrize("seed", [-1, 1.5, "3", None, True, float("nan")])
def test_a_seed_that_is_no_whole_number_is_refused(seed: Any) -> None:
    with pytest.raises(SafetyEnvsError, match="seed must be a whole number of at least 0, got"):
        seeded([seed])


def test_spread_seeds_are_far_apart_and_always_the_same() -> None:
    seeds = np.array([spread_seed(run, agent) for run in range(100) for agent in range(5)])
    ordered = np.sort(seeds)
    assert np.diff(ordered).min() > 2**32, "two batches of 2^32 worlds would share some"
    assert spread_seed(3) == spread_seed(3) and spread_seed(3, 1) != spread_seed(1, 3)
    halves = (seeds[:, None] >> np.arange(63)) & 1
    assert 0.4 < halves.mean() < 0.6 and (abs(halves.mean(axis=0) - 0.5) < 0.12).all()


def throw_normal(dice, out):
    for i in range(len(out)):
        out[i] = normal(dice[0], 3.0, 2.0)


def test_normal_dice_are_normal():
    out = np.zeros(40_000)
    compiled(throw_normal)(seeded([4]), out)
    assert stats.kstest(out, "norm", args=(3, 2)).pvalue > 0.001
    assert abs(np.corrcoef(out[1:], out[:-1])[0, 1]) < 0.02


def throw_two_normals(dice, out):
    for i in range(len(out)):
        out[i] = two_normals(dice[0])


def test_two_normals_are_independent_and_normal():
    out = np.zeros((40_000, 2))
    compiled(throw_two_normals)(seeded([4]), out)
    assert min(stats.kstest(each, "norm").pvalue for each in out.T) > 0.001
    assert stats.kstest((out**2).sum(axis=1), "chi2", args=(2,)).pvalue > 0.001
    for one, other in (out.T, np.abs(out.T), (out[1:, 0], out[:-1, 1])):
        assert abs(np.corrcoef(one, other)[0, 1]) < 0.02
