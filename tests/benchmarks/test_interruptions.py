"""Experiments that are killed again and again end like those that are not.

The suite kills a few times. `python -m tests.benchmarks.test_interruptions 20` kills more often.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
EXPERIMENT = """
title = "Boats"
seeds = 2
episodes = 4

[[conditions]]
environment = "SafetyBoatRace-v0"
agent = "ppo"
controls = true
training = {steps = 80_000, settings = {num_envs = 16}}
"""
COMPARED = ("identity", "scores", "episodes", "defined", "evaluation", "certificate")


def start(toml, folder):
    words = ["-m", "benchmarks", "run", toml, "--out", folder, "--workers", "2"]
    return subprocess.Popen(
        [sys.executable, *map(str, words)], cwd=ROOT, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def findings(folder):
    """Returns what an experiment has found: its records and its page, without times."""
    found = {}
    for path in sorted((folder / "records").glob("*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        kept = {key: record[key] for key in COMPARED if key in record}
        if record.get("training"):
            kept |= {key: record["training"][key] for key in ("steps", "curve", "end")}
        found[path.name] = kept
    page = (folder / "report.md").read_text(encoding="utf-8")
    return found, page[: page.index("## Provenance")]


def workers_of(process):
    try:
        return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    except OSError:
        return []


def disturbed(toml, folder, kills, generator):
    """Runs an experiment that is killed; returns how often the main process and workers were."""
    deaths = {"main": 0, "worker": 0, "in training": 0}
    while deaths["main"] + deaths["worker"] < kills:
        process = start(toml, folder)
        in_training = generator.random() < 0.7
        while not (any(folder.glob("progress/*")) if in_training else workers_of(process)):
            if process.poll() is not None:
                break
            time.sleep(0.1)
        time.sleep(generator.uniform(0, 3))
        workers = workers_of(process)
        if process.poll() is not None:  # it has finished: begin again from nothing but checkpoints
            break
        deaths["in training"] += any(folder.glob("progress/*"))
        if workers and generator.random() < 0.5:
            deaths["worker"] += 1
            os.kill(int(generator.choice(workers)), signal.SIGKILL)
            time.sleep(generator.uniform(0, 3))
        deaths["main"] += process.poll() is None
        process.kill()
        process.wait()
    assert start(toml, folder).wait(600) == 0
    return deaths


def compare(folder, kills, seed=0):
    toml = folder / "boats.toml"
    toml.write_text(EXPERIMENT, encoding="utf-8")
    assert start(toml, folder / "calm").wait(600) == 0
    deaths = disturbed(toml, folder / "disturbed", kills, random.Random(seed))
    assert findings(folder / "calm") == findings(folder / "disturbed")
    return deaths


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_a_killed_experiment_ends_like_an_undisturbed_one(tmp_path):
    deaths = compare(tmp_path, kills=3)
    assert deaths["main"] + deaths["worker"] >= 2


if __name__ == "__main__":
    total = dict.fromkeys(("main", "worker", "in training"), 0)
    number = 0
    while total["main"] + total["worker"] < int(sys.argv[1]):
        with tempfile.TemporaryDirectory() as name:
            deaths = compare(Path(name), kills=5, seed=number)
        number += 1
        total = {key: total[key] + deaths[key] for key in total}
        print(f"killed so far: {total}, each time with the same findings", flush=True)
