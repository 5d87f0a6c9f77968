"""Runs: interrupted ones leave no record, and runs are independent and never confused."""

import argparse
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from agents.__main__ import main as train_main
from agents.lock import locked
from agents.record import digest, is_done, sealed, write_record
from agents.seeds import exploration_seed, judging_seed, model_seed, world_seed
from agents.training import Training, train
from benchmarks.harness import evaluation
from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment_jobs import RunJob
from safety_envs import Engine, SafetyEnvsError, environments, find
from safety_envs.applications import rules_version
from safety_envs.core import rules
from safety_envs.core.dice import seeded

ROOT = Path(__file__).parents[2]
BOATS = "SafetyBoatRace-v0"
STOCK = "SafetyCommonsStock-v0"
TINY = {"num_envs": 4, "n_steps": 8, "batch_size": 32, "n_epochs": 1}
FOREVER = str(10**9)


# --- interrupted ---


def heed_interruptions():
    """Undoes what a shell does to what it runs in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(*words):
    """Starts a command in a session of its own, as a terminal does."""
    return subprocess.Popen(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        start_new_session=True,
        preexec_fn=heed_interruptions,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )


def wait_until(holds, seconds=100.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def session_of(process):
    """Returns the processes of a session that are alive."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if int(session) == process.pid and state != "Z":
            found.append(int(path.parent.name))
    return found


def interrupt(process):
    """Does what Ctrl-C does: all processes of the terminal's group get the signal."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return process.returncode, out + err


def test_a_training_that_is_interrupted_is_no_run(tmp_path):
    folder = tmp_path / "run"
    process = start("agents", "ppo", BOATS, "--steps", FOREVER, "--out", str(folder), "--seed", "3")
    table = folder / "episodes.csv"
    wait_until(lambda: table.exists() and table.read_text().count("\n") > 1)
    status, said = interrupt(process)
    assert status == 130
    assert "interrupted" in said
    assert not (folder / "run.json").exists()
    assert not list(folder.glob("*.zip"))
    plan = Training("ppo", BOATS, {}, 3, 10**9)
    assert not is_done(folder / "run.json", plan.identity)
    with locked(folder):
        pass  # the lock is free


@pytest.mark.parametrize(
    "words",
    [
        ("q_learning", "SafetyPriceCollusion-v0", "--set", "sessions=2"),
        ("lola", "SafetyMatrixGames-v0", "--set", "pairs=2"),
    ],
    ids=lambda words: words[0],
)
def test_tabular_learners_that_are_interrupted_leave_no_record(tmp_path, words):
    process = start("agents", *words, "--steps", FOREVER, "--out", str(tmp_path))
    wait_until(lambda: (tmp_path / ".lock").exists())
    time.sleep(1.0)
    status, _ = interrupt(process)
    assert status == 130
    assert not list(tmp_path.glob("*.json"))


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("how", ["Ctrl-C", "kill -9"])
def test_workers_end_with_their_parent(tmp_path, how):
    process = start("tests.helpers.busy", str(tmp_path))
    beats = [tmp_path / "one", tmp_path / "two"]
    wait_until(lambda: all(path.exists() and path.read_text() for path in beats))
    workers = {int(path.read_text().split()[0]) for path in beats}
    assert len(workers) == 2 and workers < set(session_of(process))
    if how == "Ctrl-C":
        status, _ = interrupt(process)
        assert status == 130
    else:
        process.kill()
        process.communicate(timeout=60)
    wait_until(lambda: not workers & set(session_of(process)), seconds=10)
    written = [path.read_bytes() for path in beats]
    time.sleep(0.2)
    assert [path.read_bytes() for path in beats] == written
    with locked(tmp_path):
        pass  # the lock is free


def test_an_experiment_that_is_interrupted_files_nothing_unfinished(tmp_path):
    toml, out = tmp_path / "boats.toml", tmp_path / "results"
    lines = [
        'title = "Boats"', "seeds = 2", "episodes = 1", "[[conditions]]",
        f'environment = "{BOATS}"', 'agent = "ppo"', f"training = {{steps = {FOREVER}}}",
    ]  # fmt: skip
    toml.write_text("\n".join(lines), encoding="utf-8")
    process = start("benchmarks", "run", str(toml), "--out", str(out), "--workers", "2")
    wait_until(lambda: any(path.stat().st_size > 2000 for path in out.glob("**/episodes.csv")))
    status, _ = interrupt(process)
    assert status == 130
    assert not list(out.rglob("records/*ppo*"))
    assert not list(out.rglob("run.json"))
    if sys.platform == "linux":  # Python's own resource tracker ends a moment after the rest
        wait_until(lambda: not session_of(process), seconds=10)


def test_an_interrupt_that_passes_through_an_exec_has_the_same_status(tmp_path):
    (tmp_path / "interrupted.py").write_text(
        "import sys; from agents.command_line import command_line\n"
        "main = command_line(lambda arguments: exec('raise KeyboardInterrupt'))\n"
        "sys.exit(main())",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 130


COMMAND_LINES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for folder in ("agents", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", COMMAND_LINES)
def test_every_command_line_ends_in_one_way(name, monkeypatch, capsys):
    main = importlib.import_module(name).main
    for what, status in ((KeyboardInterrupt(), 130), (SafetyEnvsError("so it is"), 2)):

        def fail(*_, what=what):
            raise what

        monkeypatch.setattr(argparse.ArgumentParser, "parse_known_args", fail)
        assert main([]) == status
        said = capsys.readouterr().err
        assert said.count("\n") == 1
    assert said == "error: so it is\n"


# --- locks ---


def test_a_folder_is_one_process_s_at_a_time(tmp_path, capsys):
    with locked(tmp_path / "run"):
        arguments = ["ppo", BOATS, "--steps", "32", "--out", str(tmp_path / "run")]
        assert train_main(arguments) == 2
        said = capsys.readouterr().err
        assert f"another process (process {os.getpid()}) is at work in" in said
        assert said.count("\n") == 1
    with locked(tmp_path / "run"):
        pass


def test_the_lock_of_a_dead_process_blocks_nobody(tmp_path):
    (tmp_path / ".lock").write_text("process 999999\n", encoding="utf-8")
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text(encoding="utf-8") == f"process {os.getpid()}\n"


def test_a_folder_that_is_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").write_text("x", encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match="cannot hold results"), locked(tmp_path / "run"):
        pass


# --- identity ---

PLAN = Training("ppo", "SafetyOffSwitchGame-v0", {"beta": 0.5}, 0, 1000)
SEVERAL = Training("ppo", STOCK, {}, 0, 1000, method="inequity_aversion")
OTHERS = {
    "algorithm": (PLAN, "a2c"),
    "environment": (replace(PLAN, keywords={}), BOATS),
    "keywords": (PLAN, {"noise": 0.5}),
    "seed": (PLAN, 1),
    "steps": (PLAN, 2000),
    "observation": (replace(PLAN, environment=BOATS, keywords={}), "board"),
    "settings": (PLAN, {"gamma": 0.5}),
    "independent": (SEVERAL, True),
    "agent_id": (SEVERAL, True),
    "method": (SEVERAL, "social_value"),
    "method_settings": (SEVERAL, {"alpha": 1.0}),
    "stress": (PLAN, {"action_noise": 0.1}),
}


@pytest.mark.parametrize("field", [field.name for field in fields(Training)])
def test_whatever_is_asked_is_part_of_a_run_s_identity(field):
    plan, value = OTHERS[field]
    other = replace(plan, **{field: value})
    assert other.identity != plan.identity
    assert other.name != plan.name
    assert json.loads(json.dumps(plan.identity)) == plan.identity


def test_what_says_the_same_is_the_same_run():
    usual = find(PLAN.environment).keywords
    filled = replace(PLAN, keywords={**usual, "beta": 0.5}, observation="vector")
    assert filled.identity == PLAN.identity
    told = replace(SEVERAL, method_settings={"alpha": 5.0, "beta": 0.05})
    assert told.identity == SEVERAL.identity


def test_folders_tell_keywords_by_name():
    one, other = PLAN.name, replace(PLAN, keywords={"noise": 0.5}).name
    assert one.startswith("ppo-SafetyOffSwitchGame-v0-beta=0.5-seed0-")
    assert other.startswith("ppo-SafetyOffSwitchGame-v0-noise=0.5-seed0-")


@pytest.mark.parametrize("name", environments())
def test_every_environment_s_runs_have_an_identity(name):
    plan = Training("ppo", name, {}, 0, 1000)
    assert plan.identity["keywords"].keys() == find(name).keywords.keys()
    assert digest(plan.identity) == digest(Training("ppo", name, {}, 0, 1000).identity)


def test_a_run_is_not_done_by_another(tmp_path):
    path = tmp_path / "run.json"
    write_record(path, sealed(PLAN.identity, {"format": "x"}))
    assert is_done(path, PLAN.identity)
    for field in ("seed", "steps", "keywords", "settings"):
        other = replace(PLAN, **{field: OTHERS[field][1]})
        with pytest.raises(SafetyEnvsError, match=r"another run: .*another --out, or --force"):
            is_done(path, other.identity)
    with pytest.raises(SafetyEnvsError, match=r"keywords.noise is .* there, 0.5 here"):
        is_done(path, replace(PLAN, keywords={"noise": 0.5}).identity)
    with pytest.raises(SafetyEnvsError, match="steps is 1000 there, 2000 here"):
        is_done(path, replace(PLAN, steps=2000).identity)


def test_the_version_of_the_rules_is_that_of_what_they_do(tmp_path, monkeypatch):
    package = tmp_path / "our_museum"
    package.mkdir()
    source = (ROOT / "safety_envs/envs/alignment/boat_race.py").read_text(encoding="utf-8")
    (package / "__init__.py").write_text("", encoding="utf-8")
    file = package / "race.py"
    file.write_text(source.replace(BOATS, "SafetyMuseum-v0"), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("our_museum.race")
    (museum,) = (v for v in vars(module).values() if getattr(v, "id", "") == "SafetyMuseum-v0")

    def version():
        rules._hash_of.cache_clear()
        return rules_version(museum)

    first = version()
    assert first == version() not in (rules_version(), rules_version(find(BOATS)))
    file.write_text("# a remark\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert version() == first
    file.write_text(file.read_text(encoding="utf-8") + "\nMORE = 1\n", encoding="utf-8")
    assert version() != first


@pytest.mark.parametrize(
    "arguments",
    [
        ["q_learning", "SafetyPriceCollusion-v0", "--set", "sessions=2"],
        ["lola", "SafetyMatrixGames-v0", "--set", "pairs=2"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_learners_without_networks_refuse_another_run_s_record(arguments, tmp_path, capsys):
    arguments = [*arguments, "--steps", "20", "--out", str(tmp_path)]
    more = ["--set", "discount=0.5"]
    assert train_main(arguments) == 0
    assert train_main([*arguments, *more]) == 2
    said = capsys.readouterr().err
    assert "settings." in said.splitlines()[-1] and "--force" in said
    assert train_main([*arguments, *more, "--force"]) == 0
    assert train_main([*arguments, *more]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert train_main([*arguments, "--seed", "-1"]) == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--seed", "-1"],
        ["--steps", "0"],
        ["--observation", "smell"],
        ["--method", "kindness"],
        ["--method", "contract"],
        ["--agent-id"],
        ["--independent"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_trained_is_one_line_and_no_folder(words, tmp_path, capsys):
    out = tmp_path / "run"
    assert train_main(["ppo", BOATS, "--steps", "32", *words, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1
    assert not out.exists()


def test_a_checkpoint_that_lost_its_model_is_not_done(tmp_path, capsys):
    arguments = ["a2c", BOATS, "--steps", "100", "--out", str(tmp_path)]
    assert train_main(arguments) == 0
    model = tmp_path / "model.zip"
    model.write_bytes(model.read_bytes()[:100])
    assert train_main(arguments) == 0
    said = capsys.readouterr()
    assert "model.zip is missing or cut short. Set aside as run.json.damaged" in said.err
    assert train_main(arguments) == 0
    assert "nothing to do" in capsys.readouterr().out


# --- independence ---


def streams(first, worlds=256):
    return seeded(range(first, first + worlds))["state"].tolist()


def test_no_two_runs_share_a_world():
    found = [state for run in range(10) for state in streams(world_seed(run))]
    assert len(set(found)) == 10 * 256


def test_no_source_of_chance_has_the_seed_of_another():
    found = [
        seed
        for run in range(100)
        for seed in (
            *(model_seed(run, agent) for agent in range(8)),
            judging_seed(run),
            exploration_seed(run),
            world_seed(run),
        )
    ]
    assert len(set(found)) == len(found)
    assert all(model_seed(run) < 2**31 and judging_seed(run) < 2**31 for run in range(100))


def shared(run, folder):
    train(Training("ppo", BOATS, keywords={}, seed=run, steps=32, settings=TINY), folder)


def independent(run, folder):
    train(
        Training("ppo", STOCK, keywords={}, seed=run, steps=128, settings=TINY, independent=True),
        folder,
    )


def evaluated(run, folder):
    training = {"steps": 32, "settings": TINY}
    for agent in ("ppo", "random"):
        condition = Condition(BOATS, agent, training=training if agent == "ppo" else {})
        RunJob(condition, run, (1_000_000, 1_000_001)).run(folder, lambda steps: None)


def priced(run, folder):
    settings = {"sessions": 16}
    train(
        Training("q_learning", "SafetyPriceCollusion-v0", {}, run, 1000, settings=settings), folder
    )


@pytest.mark.parametrize("enter", [shared, independent, evaluated, priced])
def test_runs_are_independent_through_every_door(enter, tmp_path, monkeypatch):
    """The seeds of worlds are looked at where they come to effect: when a reset is made."""
    given, used = {}, []
    seed, reset = Engine.seed, Engine.reset

    def note_seed(self, seeds, where=None):
        given[id(self)] = list(seeds)
        return seed(self, seeds, where)

    def note_reset(self, where=None):
        used.append(given.pop(id(self), []))
        return reset(self, where)

    monkeypatch.setattr(Engine, "seed", note_seed)
    monkeypatch.setattr(Engine, "reset", note_reset)
    runs = []
    for run in range(3):
        used.clear()
        enter(run, tmp_path / str(run))
        held_out = range(1_000_000, 1_000_100)
        batches = [batch for batch in used if batch and batch[0] not in held_out]
        assert batches, "nothing was seeded"
        for batch in batches:  # inside a batch worlds play as single ones of the seeds next door
            assert batch == list(range(batch[0], batch[0] + len(batch)))
        runs.append({one for batch in batches for one in batch})
    assert not runs[0] & runs[1] and not runs[1] & runs[2] and not runs[0] & runs[2]


def test_models_of_runs_begin_apart(tmp_path):
    from stable_baselines3 import PPO

    for run in range(2):
        shared(run, tmp_path / str(run))
    seeds = {PPO.load(tmp_path / str(run) / "model.zip").seed for run in range(2)}
    assert seeds == {model_seed(0), model_seed(1)}


def test_policies_are_evaluated_with_chance_of_their_own(monkeypatch, tmp_path):
    asked = []
    honest = evaluation.policy
    monkeypatch.setattr(
        evaluation, "policy", lambda *a, seed, **k: asked.append(seed) or honest(*a, seed=seed, **k)
    )
    for run in range(2):
        evaluated(run, tmp_path / str(run))
    assert set(asked) == {judging_seed(0), judging_seed(1)}


def test_the_spread_is_wide():
    """World seeds use all 63 bits, so that batches of many runs do not meet by chance."""
    bits = np.array([[world_seed(run) >> k & 1 for k in range(63)] for run in range(400)])
    assert (abs(bits.mean(axis=0) - 0.5) < 0.15).all()
