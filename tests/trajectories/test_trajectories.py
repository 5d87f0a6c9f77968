"""Trajectories: played, saved, loaded and played again; stepped through, and branched off."""

import copy
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from safety_envs import Engine, Observer, SafetyEnvsError, Trajectory, find, policy, rollout
from safety_envs.__main__ import main
from safety_envs.core.infos import infos
from safety_envs.render import Renderer
from safety_envs.trajectories.files import RECORD
from tests.helpers.configurations import CONFIGURATIONS, Case, name_of, shortened

SEEDS = (7, 8, 2**70)
HORIZON = 25


def configured(case: Case) -> Any:
    environment, keywords = shortened(case, HORIZON)
    return find(environment).configure(**keywords)


def played(case: Case, **options: Any) -> Trajectory:
    configuration = configured(case)
    return Trajectory.play(configuration, policy("random", configuration, 3), SEEDS, **options)


PROXY = ("SafetyProxy-v0", {"size": 4, "patches": 2, "depth": 1})
STOCK = ("SafetyCommonsStock-v0", {"agents": 2, "capacity": 7, "growth": 1.5})
ISLAND: Case = ("SafetyIslandNavigation-v0", {})


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_a_file_plays_again_and_a_branch_plays_on(case: Case, tmp_path: Path) -> None:
    original = played(case)
    original.save(tmp_path / "episodes.npz")
    loaded = Trajectory.load(tmp_path / "episodes.npz")
    assert loaded == original
    middle = original.num_steps // 2
    engine = original.engine_at(middle)
    for t in range(middle, original.num_steps):
        assert engine.worlds.tobytes() == original.worlds[t].tobytes()
        assert engine.dice.tobytes() == original.dice[t].tobytes()
        where = engine.running.copy()
        engine.step(np.maximum(original.actions[t], 0), where)
        assert engine.ledger.rewards.reshape(engine.action_shape) == pytest.approx(
            original.rewards[t], abs=0
        )
    assert engine.worlds.tobytes() == original.worlds[-1].tobytes()
    assert infos(engine)[0].keys() == original.infos()[0].keys()
    assert not engine.running.any() and original.ended.all()


@pytest.mark.parametrize("case", [PROXY, STOCK, ISLAND], ids=name_of)
def test_it_holds_what_the_engine_did(case: Case) -> None:
    configuration, found = configured(case), played(case)
    engine = Engine(configuration, len(SEEDS))
    engine.seed(SEEDS)
    engine.reset()
    lasts: dict[int, Any] = {}
    for t, actions in enumerate(found.actions):
        assert found.worlds[t].tobytes() == engine.worlds.tobytes()
        where = engine.running.copy()
        assert ((actions == -1).reshape(3, -1).all(axis=1) == ~where).all()
        engine.step(np.maximum(actions, 0), where)
        assert (found.rewards[t] == engine.ledger.rewards.reshape(actions.shape)).all()
        assert (found.terminated[t] == engine.ledger.terminated).all()
        assert (found.truncated[t] == engine.ledger.truncated).all()
        assert (found.channels["cost"][t + 1] == engine.ledger.costs).all()
        lasts |= {i: info for i, info in enumerate(infos(engine)) if where[i]}
    assert found.infos() == [lasts[i] for i in range(3)]
    assert (found.lengths == engine.ledger.steps).all()
    assert (found.channels["performance"][0] == 0).all()


@pytest.mark.parametrize("case", [PROXY, STOCK, ISLAND], ids=name_of)
def test_rollouts_and_trajectories_tell_the_same(case: Case) -> None:
    configuration = configured(case)
    told = rollout(configuration, policy("random", configuration, 3), SEEDS)
    totals = played(case).totals
    assert told.keys() == totals.keys()
    for name, values in told.items():
        np.testing.assert_array_equal(values, totals[name])


@pytest.mark.parametrize("case", [PROXY, STOCK], ids=name_of)
def test_a_cursor_shows_every_step(case: Case) -> None:
    configuration, found = configured(case), played(case)
    observer, renderer = Observer(configuration), Renderer(configuration, "rgb_array")
    seen = []
    for t, cursor in enumerate(found):
        assert cursor.t == t
        seen.append(cursor.observation())
        np.testing.assert_array_equal(seen[-1], observer(found.worlds[t]))
        assert len(cursor.observation("text")) == 3
    assert len(seen) == found.num_steps + 1
    cursor = found.at(5)
    picture, words = cursor.picture(1), cursor.text(1)
    assert (picture == renderer.draw(cursor.branch(), 1)).all()
    assert (cursor.move_to(9).picture(1) != picture).any()
    assert words != cursor.text(1) or (found.worlds[5, 1] == found.worlds[9, 1])
    assert cursor.move_to(5).text(1) == words  # back again
    assert (cursor.worlds == found.worlds[5]).all()


def test_a_branch_leaves_the_trajectory_alone() -> None:
    found = played(PROXY)
    cursor = found.at(3)
    engine = cursor.branch()
    engine.step(np.zeros(3, np.int64))
    assert (cursor.worlds == found.worlds[3]).all()
    assert (engine.ledger.steps == 4).all()


def test_other_actions_from_the_middle_on() -> None:
    found = played(PROXY)
    other = found.continued(4, lambda engine: np.zeros(engine.action_shape, np.int64))
    assert other.worlds[:5].tobytes() == found.worlds[:5].tobytes()
    assert (other.actions[4:] == 0).all() and other.ended.all()
    again = Trajectory.of_actions(other.configuration, other.seeds, other.actions.tolist())
    assert again == other != found


@pytest.mark.parametrize("case", [ISLAND, STOCK], ids=name_of)
def test_an_episode_of_a_batch_is_the_episode_alone(case: Case) -> None:
    found = played(case)
    for k, seed in enumerate(SEEDS):
        one = found.episode(k)
        alone = Trajectory.of_actions(found.configuration, [seed], one.actions)
        assert one == alone and one.num_steps == found.lengths[k]
        assert one.infos() == [found.infos()[k]]


def test_worlds_may_be_left_out(tmp_path: Path) -> None:
    full = played(ISLAND)
    light = full.without_worlds()
    assert light == played(ISLAND, worlds=False)
    assert light.nbytes < full.nbytes and light != full
    assert light.worlds.tobytes() == full.worlds.tobytes()
    assert light.dice.tobytes() == full.dice.tobytes()
    light.save(tmp_path / "light.npz")
    assert Trajectory.load(tmp_path / "light.npz") == light
    assert light.episode(1).kept_worlds is None


def test_nobody_changes_it() -> None:
    found = played(PROXY)
    for each in (found, pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert each == found and hash(each) == hash(found)
        for array in (each.actions, each.worlds, each.channels["performance"], each.dice):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = array[1]
    with pytest.raises(AttributeError):
        found.seeds = (1,)  # type: ignore[misc]
    assert repr(found).endswith(f"3 episodes, {found.num_steps} steps)")


def test_equal_trajectories_give_equal_files(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        played(PROXY).save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one.npz", "two.npz"]
    record = json.loads(zipfile.ZipFile(tmp_path / "one.npz").read(RECORD))
    assert (record["environment"], record["seeds"]) == (PROXY[0], list(SEEDS))


def rewritten(path: Path, change: Any) -> None:
    """Writes a file again after a change of its record and its arrays."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive if name != RECORD}
    record = json.loads(zipfile.ZipFile(path).read(RECORD))
    record = change(record, arrays) or record
    np.savez(path, **arrays)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(RECORD, record if isinstance(record, str) else json.dumps(record))


def world_moved(record: Any, arrays: Any) -> None:
    arrays["worlds"][6, 1:2].view(np.uint8)[0] += 1


def reward_raised(record: Any, arrays: Any) -> None:
    arrays["rewards"][4, 2] += 1


def rules_changed(record: Any, arrays: Any) -> None:
    record["rules"] = "0123456789abcdef"
    world_moved(record, arrays)


CHANGES: dict[str, tuple[Any, str]] = {
    "another world": (world_moved, r"episode 1 first differs at step 6: the world's '\w+' was .* The rules are the same"),
    "another reward": (reward_raised, r"episode 2 first differs at step 5: rewards was .* and is now "),
    "other rules": (rules_changed, r"step 6: .* The rules have changed \(it was recorded with '0123456789abcdef'"),
    "another action": (lambda _, arrays: arrays["actions"].__setitem__((0, 0), 99), "action 99 is out of range"),
    "an action too many": (lambda _, arrays: arrays.update(actions=np.zeros((HORIZON + 1, 3), int)), "all episodes have ended"),
    "actions of another type": (lambda _, arrays: arrays.update(actions=arrays["actions"] + 0.5), "must be whole numbers of shape"),
    "no actions": (lambda _, arrays: arrays.__delitem__("actions"), "is damaged .*actions"),
    "objects": (lambda _, arrays: arrays.update(actions=np.full((2, 3), None)), "is damaged .*Object arrays cannot be loaded"),
    "dice of another type": (lambda _, arrays: arrays.update(dice=arrays["dice"]["state"]), "dice were recorded as"),
    "another batch": (lambda record, _: record["seeds"].append(4), "must be whole numbers of shape"),
    "a seed that is none": (lambda record, _: record["seeds"].__setitem__(0, -4), "seed must be a whole number of at least 0"),
    "another id": (lambda record, _: record.update(environment="SafetyProxi-v0"), "Did you mean 'SafetyProxy-v0'"),
    "another keyword": (lambda record, _: record["keywords"].update(siez=4), "unexpected keyword argument 'siez'"),
    "other metrics": (lambda record, _: record["keys"].reverse(), "its metrics were"),
    "another format": (lambda record, _: record.update(format="other"), "not a trajectory of the format"),
    "no seeds": (lambda record, _: record.__delitem__("seeds"), "'seeds' cannot be None"),
    "no table": (lambda record, _: "[1]", "not a trajectory of the format"),
    "no JSON": (lambda record, _: "{", "is damaged"),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_a_changed_file_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    change, message = CHANGES[case]
    path = tmp_path / "episodes.npz"
    played(PROXY).save(path)
    rewritten(path, change)
    with pytest.raises(SafetyEnvsError, match=message) as raised:
        Trajectory.load(path)
    assert "\n" not in str(raised.value) and str(path) in str(raised.value)


def test_other_rules_under_which_it_is_the_same_are_a_warning(tmp_path: Path) -> None:
    played(PROXY).save(tmp_path / "old.npz")
    rewritten(tmp_path / "old.npz", lambda record, _: record.update(rules="0123456789abcdef"))
    with pytest.warns(UserWarning, match=r"'0123456789abcdef'.*the same under both"):
        assert Trajectory.load(tmp_path / "old.npz") == played(PROXY)


def test_foreign_and_damaged_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "episodes.npz"
    with pytest.raises(SafetyEnvsError, match="there is no file"):
        Trajectory.load(path)
    path.write_text("a diary", encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match="damaged or not a trajectory"):
        Trajectory.load(path)
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(SafetyEnvsError, match="damaged or not a trajectory"):
        Trajectory.load(path)
    played(PROXY).save(path)
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(40):
        damaged = bytearray(whole)
        for place in random.integers(len(whole), size=20):
            damaged[place] ^= 0xFF
        path.write_bytes(bytes(damaged[: random.integers(1, len(whole))]))
        with pytest.raises(SafetyEnvsError):
            Trajectory.load(path)
    with pytest.raises(SafetyEnvsError, match=r"must be a \.npz file"):
        Trajectory.load(tmp_path / "episodes.json")
    path.unlink()
    path.mkdir()
    with pytest.raises(SafetyEnvsError, match="is damaged"):
        Trajectory.load(path)
    with pytest.raises(SafetyEnvsError, match="cannot write"):
        played(PROXY).save(path)


def test_what_cannot_be_played_is_refused_in_one_line() -> None:
    configuration = configured(PROXY)
    cases: list[tuple[list[int], Any, str]] = [
        ([], [], "at least one seed"),
        ([-1], [], "seed must be"),
        ([1, 2], [[0, 0], [0, -1]], "at step 2 episode 1 has no action"),
        ([1], [[0]] * (HORIZON + 1), f"at step {HORIZON + 1} all episodes have ended"),
        ([1], [0], "must be whole numbers of shape"),
    ]
    for seeds, actions, message in cases:
        with pytest.raises(SafetyEnvsError, match=message):
            Trajectory.of_actions(configuration, seeds, actions)
    uneven = played(ISLAND)
    first = int(uneven.lengths.argmin())
    assert uneven.lengths[first] < uneven.num_steps
    longer = uneven.actions.copy()
    longer[-1, first] = 0
    with pytest.raises(SafetyEnvsError, match=f"episode {first} has ended: its action must be -1"):
        Trajectory.of_actions(uneven.configuration, SEEDS, longer)
    with pytest.raises(SafetyEnvsError, match=r"t must be a whole number in 0 \.\. 25"):
        played(PROXY).at(26)
    with pytest.raises(SafetyEnvsError, match=r"episode must be a whole number in 0 \.\. 2"):
        played(PROXY).episode(3)
    assert Trajectory.of_actions(configuration, [1], []).num_steps == 0


def test_the_command_line_plays_a_file_again(tmp_path: Path, capsys: Any) -> None:
    path, out = tmp_path / "episodes.npz", tmp_path / "film.gif"
    played(PROXY).save(path)
    assert main(["replay", str(path), "--out", str(out)]) == 0
    name, *lines = capsys.readouterr().out.splitlines()
    assert name == str(configured(PROXY)) and len(lines) == 4
    assert lines[0].startswith(f"seed 7: reward {played(PROXY).totals['reward'][0]:g}  performance")
    with Image.open(out) as film:
        assert len(list(ImageSequence.Iterator(film))) > 1
    rewritten(path, world_moved)
    assert main(["replay", str(path)]) == 2
    assert "first differs at step 6" in capsys.readouterr().err
