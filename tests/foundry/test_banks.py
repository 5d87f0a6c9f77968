"""The banks: certified again, apart up to symmetry, and drawn from by one keyword."""

from itertools import permutations, product

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import Request, SafetyEnvsError, bank_evidence, certify, find, shortest_exploit
from safety_envs.core.bank import read_bank
from safety_envs.envs.alignment.furnished_rooms import bank_of
from safety_envs.exact.optima.depth import planning_depth
from safety_envs.foundry import recipes
from tests.envs.test_coin_corner import round_the_coin
from tests.helpers.cells import distance
from tests.helpers.engines import starts

SIDE_EFFECTS = "SafetySideEffects-v0"
COIN = "SafetyCoinCorner-v0"
DEALT = sorted(recipes().keys() - {SIDE_EFFECTS})
TRIO = (COIN, "SafetyKeyChest-v0", "SafetyShieldMonster-v0")

# (array, environment, size of the square, first cell, the slices of equal things)
HANDS = [
    ("train", "SafetyPower-v0", 5, 0, [(3, 5)]),
    ("train", "SafetyProxy-v0", 5, 0, [(2, 5)]),
    ("train_like_train", "SafetyKeyChest-v0", 7, 0, [(1, 3), (3, 7)]),
    ("train_like_test", "SafetyKeyChest-v0", 7, 0, [(1, 5), (5, 7)]),
    ("train_like_train", "SafetyShieldMonster-v0", 5, 1, [(1, 3), (3, 5)]),
    ("train_like_test", "SafetyShieldMonster-v0", 5, 1, [(1, 3), (3, 9)]),
    ("train_like_test", COIN, 7, 0, []),
]


def arrays_of(environment):
    module = find(environment).step.__module__.rpartition(".")
    return read_bank(module[0], module[2])


def images(hand, size, first, alike, diagonal):
    """Yields a hand's images as cells, equal things in order; by coordinates."""
    cells = [divmod(int(card) + first, size) for card in hand]
    last = size - 1
    flips = [(False, False)] if diagonal else list(product((False, True), repeat=2))
    for (down, across), swapped in product(flips, (False, True)):
        seen = [(last - r if down else r, last - c if across else c) for r, c in cells]
        seen = [(c, r) if swapped else (r, c) for r, c in seen]
        for begin, end in alike:
            seen[begin:end] = sorted(seen[begin:end])
        yield tuple(seen)


@pytest.mark.parametrize(("name", "environment", "size", "first", "alike"), HANDS)
def test_no_level_and_no_image_of_one_is_in_both_parts(name, environment, size, first, alike):
    arrays = arrays_of(environment)
    used = alike[-1][1] if alike else 2
    train, test = (arrays[each][:, :used] for each in (name, name.replace("train", "test", 1)))
    assert len(train) + len(test) >= 2_000 and len(test) >= 200
    for part in (train, test):
        own = {next(images(hand, size, first, alike, diagonal=True)) for hand in part}
        assert len(own) == len(part)  # no level twice
        assert all(len(set(hand.tolist())) == part.shape[1] for hand in part)
        assert part.max() < size * size - (environment in (COIN, TRIO[2]))
    diagonal = environment in (COIN, TRIO[2])
    known = {each for hand in train for each in images(hand, size, first, alike, diagonal)}
    assert not any(next(images(hand, size, first, alike, True)) in known for hand in test)
    if environment == COIN:  # in training the agent alone makes the level
        agents = {cells[0] for cells in known}
        assert not agents & {divmod(int(hand[0]), size) for hand in test}


def test_no_furnished_room_and_no_image_of_one_is_in_both_parts():
    def turned(drawing):
        tiles = np.array([list(row) for row in drawing.split("\n")])
        for times, mirror in product(range(4), (False, True)):
            image = np.rot90(tiles.T if mirror else tiles, times)
            yield "\n".join("".join(row) for row in image)

    train, test = (bank_of(f"large_{part}")[0] for part in ("train", "test"))
    assert (len(train), len(test)) == (len({*train}), len({*test})) == (2_000, 500)
    assert train[:400] == bank_of("train")[0] and test[:120] == bank_of("test")[0]
    known = {image for drawing in train for image in turned(drawing)}
    assert not known & {*test}


def sample(environment):
    """Yields (bank, split, keywords, request) of the halves of a bank."""
    recipe = recipes()[environment]
    banks = ("train", "test")
    if environment == SIDE_EFFECTS:
        banks = ("large_train", "large_test")
    for bank in banks:
        yield bank, None, dict(recipe.keywords), recipe.request
        if environment in TRIO:
            like_train = {"objective": "proxy", "split": "train"}
            yield bank, "train", like_train, Request("none")


CASES = [(each, *half) for each in sorted(recipes()) for half in sample(each)]


@pytest.mark.parametrize(("environment", "bank", "split", "keywords", "request_"), CASES, ids=str)
def test_levels_of_a_bank_meet_its_request_and_have_its_evidence(
    environment, bank, split, keywords, request_
):
    evidence = bank_evidence(environment, bank, split)
    random = np.random.default_rng(len(bank))
    for level in random.choice(len(evidence.gap), 2, replace=False).tolist():
        asked = {**keywords, "bank": bank, "level": level}
        found = certify(environment, goodhart=False, **asked)
        assert found.hazard_class == request_.hazard_class
        gap = found.best_performance - found.performance_interval[1]
        assert gap >= request_.least_gap - 1e-9
        assert gap == pytest.approx(evidence.gap[level], abs=2e-6)
        assert evidence.depth[level] == (planning_depth(environment, **asked) or 0)
        exploit = shortest_exploit(environment, **asked)
        length = 0 if exploit is None else len(exploit.actions)
        assert evidence.exploit_length[level] == length
    assert (evidence.gap >= request_.least_gap - 1e-6).all()
    assert ((evidence.exploit_length > 0) == (evidence.gap > 0)).all()


@pytest.mark.parametrize("environment", ["SafetyPower-v0", COIN])
def test_a_certificate_covers_a_whole_part_at_once(environment):
    keywords = recipes()[environment].keywords
    found = certify(environment, bank="test", goodhart=False, **keywords)
    assert found.hazard_class == "W" and found.start == "all starts"
    gap = found.best_performance - found.performance_interval[1]
    assert gap == pytest.approx(bank_evidence(environment, "test").gap.mean(), abs=2e-6)


def test_gaps_and_depths_of_coins_follow_from_distances():
    corner = (7, 7)
    for part in ("train", "test"):
        evidence = bank_evidence(COIN, part)
        hands = arrays_of(COIN)[f"{part}_like_test"]
        for k, (agent, coin) in enumerate(hands.tolist()):
            begin, coin = ((1 + cell // 7, 1 + cell % 7) for cell in (agent, coin))
            around, to_coin = round_the_coin(begin, coin, corner), distance(begin, coin)
            assert evidence.gap[k] == pytest.approx(1 - 0.01 * to_coin + 0.01 * around)
            # With fewer steps one of the two cannot be reached, and the other ends the episode.
            assert evidence.depth[k] == max(around, to_coin)
    whole = np.concatenate([arrays_of(COIN)[f"{part}_like_test"] for part in ("train", "test")])
    assert {tuple(hand) for hand in whole.tolist()} <= {*permutations(range(48), 2)}


@pytest.mark.parametrize("environment", DEALT)
def test_episodes_start_in_levels_of_the_bank(environment):
    name = "test_like_train" if environment in TRIO else "test"
    hands = {tuple(each) for each in arrays_of(environment)[name].tolist()}
    levels = len(hands)
    first = environment == TRIO[2]
    size = find(environment).configure().level.size
    worlds = starts(environment, 60, bank="test")
    bodies = [
        each for each in ("robot", "agent", "machine", "camera") if each in worlds.dtype.names
    ]
    firsts = {hand[: len(bodies)] for hand in hands}
    drawn = set()
    for world in worlds:
        cells = [tuple(world[body].item()) for body in bodies]
        cards = tuple((r - 1) * size + c - 1 - first for r, c in cells)
        assert cards in firsts
        drawn.add(world.tobytes())
    assert len(drawn) > 40 or environment == COIN
    assert len({each.tobytes() for each in starts(environment, 5, bank="test", level=7)}) == 1
    with pytest.raises(SafetyEnvsError, match=f"below {levels}"):
        gym.make(environment, bank="test", level=9_999)


def test_what_a_bank_does_not_have_is_refused():
    with pytest.raises(SafetyEnvsError, match=r"size=5, servers=2, got size=4, servers=2.*forge"):
        gym.make("SafetyPower-v0", bank="train", size=4)
    with pytest.raises(SafetyEnvsError, match="give bank='train'"):
        gym.make("SafetyPower-v0", level=4)
    with pytest.raises(SafetyEnvsError, match="bank must be one of train, test or None"):
        gym.make("SafetyPower-v0", bank="both")
    for wrong in (("SafetyBoatRace-v0", "train"), ("SafetyPower-v0", "large_train")):
        with pytest.raises(SafetyEnvsError, match="no bank"):
            bank_evidence(*wrong)
    with pytest.raises(SafetyEnvsError, match="split"):
        bank_evidence("SafetyPower-v0", "train", "test")


def test_a_keyword_of_none_changes_no_configuration():
    power = find("SafetyPower-v0")
    plain, none, bank = power.configure(), power.configure(bank=None), power.configure(bank="test")
    assert plain == none and "bank" not in plain.keywords
    assert bank != plain and bank.keywords["bank"] == "test"
    assert bank.with_keywords(bank=None) == plain
    assert power.keywords["bank"] is None
