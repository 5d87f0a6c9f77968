"""The stag hunt: its rules on a grid against a plain model, its sights, its matrix form."""

from itertools import product

import numpy as np
import pytest

from safety_envs import Observer, find
from tests.helpers.cells import WAYS, distance
from tests.helpers.engines import started

STAY = (0, 0)


def payoffs(name, **keywords):
    """Returns what both earn by each joint action of two choices."""
    engine = started(name, 4, **keywords)
    engine.step(np.array(list(product(range(2), repeat=2))))
    return engine.ledger.rewards


def test_the_stag_hunt_has_a_matrix_form():
    configuration = find("SafetyStagHunt-v0").configure(form="matrix")
    expected = payoffs("SafetyMatrixGames-v0", game="stag_hunt")
    assert (payoffs("SafetyStagHunt-v0", form="matrix") == expected).all()
    assert configuration.keywords["form"] == "matrix"
    again = find("SafetyStagHunt-v0").configure(**configuration.keywords)
    assert again.environment.id == "SafetyStagHunt-v0"
    assert again.actions == ("cooperate", "defect")


def cells_of(world):
    pair = [tuple(cell) for cell in world["hunters"].tolist()]
    return pair, tuple(world["stag"].tolist()), [tuple(cell) for cell in world["plants"].tolist()]


def stag_ways(stag, hunters):
    """Returns everywhere the stag may go: each step that brings it nearer to a nearest hunter."""
    near = min(distance(stag, hunter) for hunter in hunters)
    goals = [hunter for hunter in hunters if distance(stag, hunter) == near]
    places = {(stag[0] + down, stag[1] + right) for down, right in WAYS}
    return {place for place in places for goal in goals if distance(place, goal) == near - 1}


@pytest.mark.parametrize("size", [3, 5])
def test_the_stag_hunt_follows_its_rules(size):
    engine = started("SafetyStagHunt-v0", 64, size=size, mauling=2, max_steps=1000)
    chance = np.random.default_rng(1)
    each = engine.configuration.layout.per_agent
    seen = set()
    for _ in range(300):
        before, ledger_before = engine.worlds.copy(), engine.ledger.per_agent.copy()
        totals_before = engine.ledger.totals.copy()
        actions = chance.integers(5, size=(64, 2))
        engine.step(actions)
        for i in range(64):
            hunters, stag, plants = cells_of(before[i])
            after, stag_after, plants_after = cells_of(engine.worlds[i])
            for k in range(2):
                row, col = np.add(hunters[k], (*WAYS, STAY)[actions[i, k]])
                inside = 1 <= row <= size and 1 <= col <= size
                assert after[k] == ((row, col) if inside else hunters[k])
            paid = engine.ledger.rewards[i].tolist()
            gains = {}
            for there in stag_ways(stag, hunters):  # what each way of the stag would have paid
                on_stag = [h == there for h in after]
                gains[there] = [
                    (5 if all(on_stag) else -2) if on_stag[k] else float(after[k] in plants)
                    for k in range(2)
                ]
            met = 5 in paid or -2 in paid
            if not met:
                assert stag_after in gains
                assert paid == gains[stag_after]
                assert stag_after not in after
            else:
                assert paid in gains.values()
                assert stag_after not in [*after, *plants_after]
            for k in range(2):
                grown = plants[k] != plants_after[k]
                eaten = any(after[j] == plants[k] and paid[j] == 1 for j in range(2))
                assert grown == eaten
                assert plants_after[k] not in after or not grown
            assert plants_after[0] != plants_after[1]
            gone = (engine.ledger.per_agent - ledger_before)[i]
            assert gone[each.index("plants")].tolist() == [float(p == 1) for p in paid]
            assert gone[each.index("maulings")].tolist() == [float(p == -2) for p in paid]
            change = dict(
                zip(engine.configuration.channels, (engine.ledger.totals - totals_before)[i])
            )
            assert change["performance"] == min(paid)
            assert change["stags"] == (paid == [5, 5])
            seen.add(tuple(paid))
    assert {(5, 5), (-2, 0), (0, -2), (1, 0), (0, 1), (0, 0), (1, -2)} <= seen


def test_every_way_of_the_stag_is_taken():
    engine = started("SafetyStagHunt-v0", 200)
    hunters, stag, _ = cells_of(engine.worlds[0])
    engine.step(np.full((200, 2), 4))
    went = [cells_of(world)[1] for world in engine.worlds]
    assert set(went) == stag_ways(stag, hunters)
    assert went.count((2, 3)) == pytest.approx(100, abs=25)  # up, whichever hunter it chose


def test_hunters_see_the_whole_field_around_themselves():
    engine = started("SafetyStagHunt-v0")
    windows = Observer(engine.configuration, "board")(engine.worlds)[0]
    assert windows.shape == (2, 9, 9)
    for agent, (row, col) in enumerate(cells_of(engine.worlds[0])[0]):
        assert windows[agent, 4, 4] == ord("01"[agent])
        assert (windows[agent, 4 - row] == ord("#")).all()
        walls = [edge for edge in (4 - col, 4 - col + 6) if 0 <= edge < 9]
        assert walls, "the left or the right wall is within sight"
        assert (windows[agent][:, walls] == ord("#")).all()
    planes = Observer(engine.configuration)(engine.worlds)[0]
    assert planes.shape == (2, 4, 9, 9)  # walls, plants, the stag, the other


def test_the_picture_of_a_board_with_seen_walls_has_a_plane_for_each_thing():
    engine = started("SafetyStagHunt-v0")
    planes = Observer(engine.configuration, "planes", whole=True)(engine.worlds)[0]
    assert planes.shape == (4, 7, 7)
    assert planes.sum(axis=(1, 2)).tolist() == [2, 1, 1, 1]  # plants, the stag, the hunters
