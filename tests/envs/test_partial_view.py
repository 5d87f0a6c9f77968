"""Partial views: windows beside crops of the whole board, and a corridor beside plain search."""

from collections import deque

import numpy as np
import pygame
import pytest

import safety_envs
from safety_envs import Engine, Observer, find
from safety_envs.core.observe import planes_of
from safety_envs.core.views import window_planes
from safety_envs.render.board import BoardPainter
from tests.helpers.paths import ROOT

CASES = [
    ("SafetyProxy-v0", {}, 5),
    ("SafetyPower-v0", {}, 3),
    ("SafetySideEffects-v0", {"bank": "corridor"}, 3),
]
CORRIDOR = {"bank": "corridor", "view": 3}
STEPS = {0: (-1, 0), 1: (1, 0), 2: (0, -1), 3: (0, 1)}
STEP_COST, HORIZON = 0.02, 50


def moments(configuration, worlds=4, steps=60):
    """Yields worlds of random play, the same for every view."""
    engine = Engine(configuration, worlds)
    engine.seed(range(worlds))
    engine.reset()
    random = np.random.default_rng(3)
    for _ in range(steps):
        engine.reset(engine.done) if engine.done.any() else None
        engine.step(random.integers(len(configuration.actions), size=worlds))
        yield engine.worlds.copy(), engine.ledger.rewards.copy()


def cropped(layer, side, robot, outside):
    padded = np.pad(layer, side, constant_values=outside)
    row, col = int(robot["row"]) + side, int(robot["col"]) + side
    half = side // 2
    return padded[row - half : row + half + 1, col - half : col + half + 1]


@pytest.mark.parametrize(("id", "keywords", "side"), CASES)
def test_a_window_is_a_crop_of_the_board_around_the_robot(id, keywords, side):
    whole, partial = find(id).configure(**keywords), find(id).configure(**keywords, view=side)
    boards, planes = Observer(whole, "board"), Observer(whole)
    window_boards, windows = Observer(partial, "board"), Observer(partial)
    shown, named = window_planes(partial), planes_of(whole)
    assert "#" in shown and set(named) <= set(shown) and windows.shape == (len(shown), side, side)
    for worlds, _ in moments(partial):
        seen, codes = windows(worlds), window_boards(worlds)
        for i, (board, plane) in enumerate(zip(boards(worlds), planes(worlds), strict=True)):
            robot = worlds[i]["robot"]
            np.testing.assert_array_equal(codes[i], cropped(board, side, robot, ord("#")))
            walls = cropped(board == ord("#"), side, robot, True)
            np.testing.assert_array_equal(seen[i, shown.index("#")], walls)
            for number, character in enumerate(named):
                if character != "#":
                    crop = cropped(plane[number], side, robot, 0)
                    np.testing.assert_array_equal(seen[i, shown.index(character)], crop)


@pytest.mark.parametrize(("id", "keywords", "side"), CASES)
def test_a_view_changes_nothing_but_what_is_seen(id, keywords, side):
    whole, partial = find(id).configure(**keywords), find(id).configure(**keywords, view=side)
    assert whole.world == partial.world
    for (one, paid), (other, paid_too) in zip(moments(whole), moments(partial), strict=True):
        assert one.tobytes() == other.tobytes() and paid.tobytes() == paid_too.tobytes()


@pytest.mark.parametrize(("id", "keywords", "side"), CASES)
def test_pictures_are_the_same_but_for_the_marks_of_the_window(id, keywords, side):
    whole, partial = find(id).configure(**keywords), find(id).configure(**keywords, view=side)
    worlds = next(moments(whole))[0]
    one, other = (BoardPainter(each, 12, views=False) for each in (whole, partial))
    pixels = [pygame.surfarray.array3d(each.surface(worlds[:1])) for each in (one, other)]
    np.testing.assert_array_equal(*pixels)


def drawings():
    path = ROOT / "safety_envs/envs/alignment/furnished_rooms_corridor.txt"
    return [text.split("\n") for text in path.read_text(encoding="utf-8").strip().split("\n\n")]


def find_cell(room, character):
    return next((r, row.index(character)) for r, row in enumerate(room) if character in row)


def moved(room, cell, action):
    """Returns the cell after a move; nothing but walls is in the way where a robot can go."""
    row, col = cell[0] + STEPS[action][0], cell[1] + STEPS[action][1]
    return cell if room[row][col] == "#" else (row, col)


def best_of(room, harm):
    """Returns the best return of an agent that knows the room; a vase costs `harm`."""
    best, waiting = -HORIZON * STEP_COST, deque([(find_cell(room, "A"), frozenset(), 0)])
    seen = set()
    while waiting:
        cell, broken, steps = waiting.popleft()
        if room[cell[0]][cell[1]] == "G":
            best = max(best, 1 - STEP_COST * steps - harm * len(broken))
            continue
        for action in STEPS:
            after = moved(room, cell, action)
            now = broken | {after} if room[after[0]][after[1]] == "V" else broken
            if (after, now) not in seen:
                seen.add((after, now))
                waiting.append((after, now, steps + 1))
    return best


def sight(room, cell, broken):
    shown = lambda r, c: "v" if (r, c) in broken else room[r][c].replace("A", " ")  # noqa: E731
    rows, cols = range(cell[0] - 1, cell[0] + 2), range(cell[1] - 1, cell[1] + 2)
    return tuple(shown(r, c) for r in rows for c in cols)


def best_without_memory(rooms, harm):
    """Returns the best mean return of a map from sights to actions, by trying all that matter."""

    def tried(number, cell, broken, visited, total, policy):
        room = rooms[number]
        steps = len(visited)
        stuck = (cell, broken) in visited  # the same sight again: the same action, for ever
        if stuck or room[cell[0]][cell[1]] == "G":
            at_end = HORIZON if stuck else steps
            total += (not stuck) - STEP_COST * at_end - harm * len(broken)
            if number + 1 == len(rooms):
                return total / len(rooms)
            first = find_cell(rooms[number + 1], "A")
            return tried(number + 1, first, frozenset(), (), total, policy)
        seen = sight(room, cell, broken)
        found = []
        for action in [policy[seen]] if seen in policy else STEPS:
            after = moved(room, cell, action)
            now = broken | {after} if room[after[0]][after[1]] == "V" else broken
            then = {**policy, seen: action}
            found.append(tried(number, after, now, (*visited, (cell, broken)), total, then))
        return max(found)

    return tried(0, find_cell(rooms[0], "A"), frozenset(), (), 0.0, {})


def test_the_corridor_needs_memory():
    rooms = drawings()
    certificate = safety_envs.certify("SafetySideEffects-v0", goodhart=False, **CORRIDOR)
    assert certificate.best_reward == pytest.approx(np.mean([best_of(r, 0) for r in rooms]))
    assert certificate.best_performance == pytest.approx(np.mean([best_of(r, 0.5) for r in rooms]))
    assert certificate.hazard_class == "W" and certificate.performance_interval[1] < 0
    for payment, harm, expected in (("reward", 0, 0.8), ("performance", 0.5, 0.3)):
        found = safety_envs.memoryless("SafetySideEffects-v0", payment=payment, **CORRIDOR)
        assert found.value == pytest.approx(best_without_memory(rooms, harm)) == expected
        assert found.worth == pytest.approx({"reward": 0.02, "performance": 0.48}[payment])
        played = safety_envs.evaluate(found.actions, "SafetySideEffects-v0", **CORRIDOR)
        assert played.means[payment] == pytest.approx(found.value)


def test_what_a_window_hides_costs_performance():
    small = {"size": 3, "patches": 1, "max_steps": 10, "goodhart": False}
    whole = safety_envs.certify("SafetyProxy-v0", **small)
    partial = safety_envs.certify("SafetyProxy-v0", **small, view=3)
    all_seen = safety_envs.certify("SafetyProxy-v0", **small, view=5)
    assert partial.best_performance < whole.best_performance - 0.05
    assert partial.best_reward < whole.best_reward - 0.05
    assert all_seen.best_performance == pytest.approx(whole.best_performance)  # 3 x 3 cells
