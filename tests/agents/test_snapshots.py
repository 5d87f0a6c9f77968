"""Trainings that are killed continue from their last snapshot, to the very same result."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agents.training import Training, train
from agents.training.snapshot import NAME, Snapshot

ROOT = Path(__file__).parents[2]
CHANGING = {"learning_rate": {"from": 1e-3, "to": 0}, "ent_coef": {"from": 0.1, "to": 0}}
ON_POLICY = {"num_envs": 4, "n_steps": 25, "normalise_reward": True, **CHANGING}
OFF_POLICY = {
    "num_envs": 4, "learning_starts": 100, "buffer_size": 400, "batch_size": 16,
    "normalise_observation": True, "learning_rate": {"from": 1e-3, "to": 0},
}  # fmt: skip
SMALL = {"agents": 3, "layout": "small", "max_steps": 20}
PROXY = Training("ppo", "SafetyProxy-v0", {"size": 3}, 5, 3000, method="penalty")
TRAININGS = {
    "ppo": replace(PROXY, settings={**ON_POLICY, "batch_size": 50}),
    "a2c": replace(PROXY, algorithm="a2c", settings=ON_POLICY),
    "dqn": replace(PROXY, algorithm="dqn", settings=OFF_POLICY, steps=2000),
    "shared": Training(
        "ppo", "SafetyCommonsHarvest-v0", SMALL, 5, 1800, agent_id=True, method="contract",
        settings={"num_envs": 2, "n_steps": 10, "batch_size": 30, "normalise_reward": True},
    ),
}  # fmt: skip
SLOWLY = """
import sys, time
from pathlib import Path
from agents.training import train
from tests.agents.test_snapshots import TRAININGS
training, folder = TRAININGS[sys.argv[1]], Path(sys.argv[2])
train(training, folder, lambda steps: time.sleep(0.02), snapshot_every=0)
"""


def killed(name, folder, when):
    """Starts a training in a process of its own and kills it; returns whether it was in time.

    Args:
        name: of the training.
        folder: where it goes.
        when: the number of new snapshots after which it is killed.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWLY, name, str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
    )
    seen, last = 0, stamp(folder)
    while seen < when and process.poll() is None:
        if (now := stamp(folder)) not in (last, None):
            seen, last = seen + 1, now
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def stamp(folder):
    try:
        status = (folder / NAME).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def result_of(folder, record):
    """Returns everything that must be the same."""
    from stable_baselines3 import A2C, DQN, PPO

    kind = {"ppo": PPO, "a2c": A2C, "dqn": DQN}[record["algorithm"]]
    model = kind.load(folder / "model.zip", device="cpu")
    optimizer = model.policy.optimizer.state_dict()["state"]
    numbers = [value.tolist() for value in model.policy.state_dict().values()]
    moments = [value.tolist() for each in optimizer.values() for value in each.values()]
    unlike = ("seconds", "versions", "command", "checksum", "models")
    same = {key: value for key, value in record.items() if key not in unlike}
    table = (folder / "episodes.csv").read_text(encoding="utf-8")
    return numbers, moments, table, same, model.num_timesteps


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")
@pytest.mark.parametrize("name", TRAININGS)
def test_a_killed_training_ends_as_an_undisturbed_one(name, tmp_path):
    training, folder = TRAININGS[name], tmp_path / "killed"
    for when in (3, 5) if name == "ppo" else (4,):
        assert killed(name, folder, when)
    assert not (folder / "run.json").exists()
    snapshot = Snapshot.read(folder, training.identity)
    assert 0 < snapshot.model["num_timesteps"] < training.steps
    with (folder / "episodes.csv").open("a", encoding="utf-8") as file:
        file.write("12,half a r")  # what a kill in the middle of a write leaves
    resumed = train(training, folder, snapshot_every=0)
    assert not (folder / NAME).exists()
    undisturbed = train(training, tmp_path / "undisturbed")
    assert result_of(folder, resumed) == result_of(tmp_path / "undisturbed", undisturbed)
    assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["models"]


class StoppedError(Exception):
    """Stands for an interruption."""


def interrupted(training, folder, at=1000, snapshot_every=0):
    def stop(steps):
        if steps >= at:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(training, folder, stop, snapshot_every=snapshot_every)


def started_at(training, folder):
    """Returns the first number of steps that a training reports."""
    reports = []
    train(training, folder, reports.append)
    return reports[0]


def test_the_snapshot_of_another_training_is_ignored(tmp_path):
    training = TRAININGS["a2c"]
    other = replace(training, seed=6)
    interrupted(training, tmp_path / "one")
    assert (tmp_path / "one" / NAME).exists()
    assert Snapshot.read(tmp_path / "one", other.identity) is None
    there, alone = train(other, tmp_path / "one"), train(other, tmp_path / "two")
    assert result_of(tmp_path / "one", there) == result_of(tmp_path / "two", alone)
    assert not (tmp_path / "one" / NAME).exists()


@pytest.mark.parametrize("damage", ["cut", "changed", "no table"])
def test_a_damaged_snapshot_is_ignored(damage, tmp_path):
    training, path = TRAININGS["a2c"], tmp_path / NAME
    interrupted(training, tmp_path)
    contents = path.read_bytes()
    if damage == "cut":
        path.write_bytes(contents[:-100])
    elif damage == "changed":
        path.write_bytes(contents[:-1] + bytes([contents[-1] ^ 1]))
    else:
        (tmp_path / "episodes.csv").write_text("", encoding="utf-8")
    assert started_at(training, tmp_path) < 200


def test_an_intact_snapshot_is_used_and_its_time_counts(tmp_path):
    training = TRAININGS["a2c"]
    interrupted(training, tmp_path)
    assert Snapshot.read(tmp_path, training.identity).seconds > 0
    assert started_at(training, tmp_path) > 900


def test_no_snapshot_is_taken_before_its_time(tmp_path):
    interrupted(TRAININGS["a2c"], tmp_path, snapshot_every=60)
    assert not (tmp_path / NAME).exists()


def test_a_training_that_dies_before_its_record_is_written_is_resumed(tmp_path, monkeypatch):
    training = TRAININGS["a2c"]
    undisturbed = train(training, tmp_path / "undisturbed")

    def die(*_):
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(sys.modules["agents.training.train"], "save_checkpoint", die)
        with pytest.raises(StoppedError):
            train(training, tmp_path / "died", snapshot_every=0)
    assert started_at(training, tmp_path / "died") > 2500
    record = json.loads((tmp_path / "died" / "run.json").read_text(encoding="utf-8"))
    assert record["checksum"] != undisturbed["checksum"]  # it has its own times
    assert record["curve"] == undisturbed["curve"] and record["end"] == undisturbed["end"]
