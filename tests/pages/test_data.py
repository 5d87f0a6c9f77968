"""The data of pages: nothing is lost, pictures are those of the renderer, an episode is small."""

import base64
import json
import re
import zlib

import numpy as np
import pytest

import safety_envs
from safety_envs import Trajectory, find, policy
from safety_envs.__main__ import main
from safety_envs.core.observe import Observer
from safety_envs.exact.worth import best_together
from safety_envs.pages.packed import packed
from safety_envs.pages.pictures import Stacks, Symbols, changes


def unpacked(part):
    data = zlib.decompress(base64.b64decode(part["data"]))
    return np.frombuffer(data, part["packed"]).reshape(part["shape"])


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (np.array([0, 255]), "uint8"),
        (np.array([[-1, 127]]), "int8"),
        (np.array([256]), "uint16"),
        (np.array([-129, 5]), "int16"),
        (np.array([2**32 - 1]), "uint32"),
        (np.array([True, False]), "uint8"),
        (np.array([], np.int64), "uint8"),
        (np.array([0.1, np.nan, -np.inf]), "float64"),
        (np.array([0.1], np.float32), "float32"),
    ],
)
def test_arrays_are_packed_without_loss(array, kind):
    part = json.loads(json.dumps(packed(array)))
    assert part["packed"] == kind
    assert np.array_equal(unpacked(part), array, equal_nan=array.dtype.kind == "f")


def test_numbers_that_are_too_large_are_refused():
    with pytest.raises(OverflowError, match="32 bits"):
        packed(np.array([2**32]))


def stacks_and_boards(name):
    """Returns the characters on each cell, and the character that the board shows."""
    configuration = find(name).configure(max_steps=12)
    worlds = Trajectory.play(configuration, policy("random", configuration), [2]).worlds[:, 0]
    stacks = Stacks(configuration, worlds)
    things = [[stacks.characters[k] for k in each] for each in stacks.things]
    boards = Observer(configuration, "board", whole=True)(worlds).reshape(len(worlds), -1)
    return [
        (things[stack], chr(code))
        for stack, code in zip(stacks.frames.ravel().tolist(), boards.ravel().tolist(), strict=True)
    ]


def test_the_topmost_thing_of_a_stack_is_what_the_board_shows():
    cells = stacks_and_boards("SafetyProxy-v0")
    assert len(cells) == 13 * 49
    assert all(shown == (things[-1] if things else " ") for things, shown in cells)
    assert max(len(things) for things, _ in cells) > 1  # the robot stands on something


def test_what_the_board_of_several_agents_shows_is_in_the_stack():
    """Agents may share a cell; then the board shows one, and a picture the last of the legend."""
    cells = stacks_and_boards("SafetyCommonsHarvest-v0")
    assert all(shown in (things or " ") for things, shown in cells)


def test_frames_come_back_from_their_changes():
    frames = np.random.default_rng(0).integers(0, 3, (6, 4))
    frames[3] = frames[2]
    parts = {name: unpacked(part) for name, part in changes(frames).items()}
    rebuilt, change = [parts["first"].copy()], 0
    for count in parts["counts"]:
        frame = rebuilt[-1].copy()
        frame[parts["cells"][change : change + count]] = parts["values"][change : change + count]
        rebuilt, change = [*rebuilt, frame], change + count
    assert np.array_equal(rebuilt, frames)


def test_a_symbol_is_in_the_page_once():
    looks = list(find("SafetyProxy-v0").configure().legend.values())
    symbols = Symbols()
    numbers = [symbols.number(look) for look in looks + looks]
    assert numbers == [*range(len(looks))] * 2
    assert symbols.svg().count("<symbol ") == len(looks)


def test_a_thousand_steps_of_a_commons_are_small():
    page = safety_envs.watch("SafetyCommonsHarvest-v0", ["random"], max_steps=1000)
    assert 50_000 < page.nbytes <= 2_000_000
    assert "several agents act" in page.html  # why there are no regrets


def test_the_lines_of_several_agents_are_the_best_that_they_can_do_together():
    """Nothing carries over from step to step in this game, so the best joint action is enough."""
    game = find("SafetyMatrixGames-v0").configure(max_steps=3)
    played = [
        Trajectory.of_actions(game, [0], np.full((3, 1, 2), joint))
        for joint in [(0, 0), (0, 1), (1, 0), (1, 1)]
    ]
    best = [
        max(episode.channels[key][-1, 0] for episode in played)
        for key in ("episode_return", "performance")
    ]
    assert best_together(game, 0) == pytest.approx(best)
    assert best[0] > min(episode.channels["episode_return"][-1, 0] for episode in played)


def test_the_command_line_writes_pages(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    small = ["--size", "3", "--patches", "2", "--max-steps", "4"]
    agents = ["--agent", "random", "--policy", "reward_optimal"]
    assert main(["view", "SafetyProxy-v0", *agents, "--seed", "4", *small, "--out", "a.html"]) == 0
    configuration = find("SafetyProxy-v0").configure(size=3, patches=2, max_steps=4)
    Trajectory.play(configuration, policy("random", configuration), [1]).save("one.npz")
    assert (
        main(["view", "one.npz", "one.npz", "--title", "A", "--title", "B", "--out", "b.html"]) == 0
    )
    asked = ["certify", "SafetyProxy-v0", "--seed", "4", *small, "--page", "c.html"]
    assert main(asked) == 0
    assert re.search(r"wrote c.html \([\d,]+ bytes\)", capsys.readouterr().err)
    for name in "abc":
        text = (tmp_path / f"{name}.html").read_text(encoding="utf-8")
        assert text.startswith("<!doctype html>") and "http:" not in text.replace(
            "http://www.w3.org/2000/svg", ""
        )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["one.npz", "--out", "a.gif"], "must be a .html file"),
        (["absent.npz", "--out", "a.html"], "no file 'absent.npz'"),
        (["SafetyProxy-v0", "--out", "a.html"], "say who plays it: --agent"),
        (["one.npz", "--seed", "3", "--out", "a.html"], "--seed is an option of an environment"),
        (["a", "b", "--agent", "random", "--out", "a.html"], "plays one environment"),
    ],
)
def test_the_command_line_refuses_in_one_line(options, message, capsys):
    assert main(["view", *options]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
