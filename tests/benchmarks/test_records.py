"""Records: written whole, checked when they are read, and never averaged by their name alone."""

import json
import os
import threading
from pathlib import Path

import numpy as np
import pytest

import agents.record
import benchmarks.records
from agents.record import DamagedRecordError, read_record, sealed
from benchmarks import jobs
from benchmarks.comparison import Results, Row, read_results, table_of, write_report
from benchmarks.jobs import CERTIFICATE, FORMAT, check, do, jobs_of
from benchmarks.records import read_all, still_to_do, sweep
from benchmarks.suites import Suite, Task
from safety_envs import SafetyEnvsError, find
from safety_envs.applications import atomic_file, write_atomically

TASK = Task("SafetyAbsentSupervisor-v0")
SUITE = Suite("small", (TASK,), ("random", "reward_optimal"), seeds=2, steps=0, episodes=7)


@pytest.fixture
def comparison(tmp_path):
    """A finished comparison, and its jobs."""
    all_jobs = jobs_of(SUITE, tmp_path)
    for job in all_jobs:
        do(job, lambda steps: None)
    assert not still_to_do(all_jobs, FORMAT, check)
    return all_jobs


def job_of(all_jobs, agent, seed=0):
    return next(job for job in all_jobs if (job.agent, job.seed) == (agent, seed))


def changed(path, change):
    """Changes a record as an editor would."""
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(record), encoding="utf-8")


def forged(path, change):
    """Changes a record and seals it again, as a program at fault would."""
    record = json.loads(path.read_text(encoding="utf-8"))
    change(record)
    path.write_text(json.dumps(sealed(record["identity"], record)), encoding="utf-8")


def set_in(*path, value):
    def change(record):
        at = record
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = value

    return change


def text_of(text):
    return lambda path, others: path.write_bytes(text)


def cut(path, others):
    path.write_bytes(path.read_bytes()[:-200])


def another(agent, seed):
    def copy(path, others):
        path.write_bytes(job_of(others, agent, seed).path.read_bytes())

    return copy


def edited(*keys, value):
    return lambda path, others: changed(path, set_in(*keys, value=value))


def wrong(*keys, value):
    return lambda path, others: forged(path, set_in(*keys, value=value))


DAMAGES = {
    "empty": text_of(b""),
    "zeros after a power cut": text_of(bytes(4096)),
    "no UTF-8": text_of(b"\xff\xfe{}"),
    "no JSON": text_of(b"{"),
    "nested without end": text_of(b"[" * 100_000),
    "a list": text_of(b"[]"),
    "cut short": cut,
    "NaN": lambda path, others: path.write_text(
        path.read_text(encoding="utf-8").replace('"seed": 0', '"seed": NaN'), encoding="utf-8"
    ),
    "another agent's": another("reward_optimal", 0),
    "another run's": another("random", 1),
    "a certificate": another(CERTIFICATE, 0),
    "a reward of 1e9": edited("episodes", "reward", 0, value=1e9),
    "a seed that is edited": edited("seed", value=1),
    "another format": edited("format", value="safety_envs comparison 1"),
    "an episode less": wrong("episodes", "reward", value=[1.0] * 6),
    "no reward": wrong("episodes", "reward", value=[None] * 7),
    "words for numbers": wrong("episodes", "performance", value=["1"] * 7),
    "no steps": wrong("episodes", "length", value=[0] * 7),
    "no metrics": wrong("episodes", value={}),
    "no episodes": wrong("episodes", value=None),
    "an agent that it is not": wrong("agent", value="ppo"),
    "a seed that it is not": wrong("seed", value=1),
    "keywords that it has not": wrong("keywords", "max_steps", value=7),
    "a task that it is not": wrong("task", "environment", value="SafetyBoatRace-v0"),
    "other episodes": wrong("episode_seeds", value=[1] * 7),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_named_set_aside_and_made_again(comparison, damage, capsys):
    job = job_of(comparison, "random")
    whole = json.loads(job.path.read_text(encoding="utf-8"))
    DAMAGES[damage](job.path, comparison)
    bad = job.path.read_bytes()
    with pytest.raises(SafetyEnvsError, match=job.path.name.replace(".", r"\.")):
        read_results(each.path for each in comparison)
    assert still_to_do(comparison, FORMAT, check) == [job]
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and job.path.name in said
    assert job.path.with_name(f"{job.path.name}.damaged").read_bytes() == bad
    do(job, lambda steps: None)
    assert not still_to_do(comparison, FORMAT, check)
    again = json.loads(job.path.read_text(encoding="utf-8"))
    assert again["episodes"] == whole["episodes"] and again["identity"] == whole["identity"]


@pytest.mark.parametrize("value", [None, "1", True])
def test_a_damaged_certificate_is_made_again(comparison, value, capsys):
    job = job_of(comparison, CERTIFICATE)
    forged(job.path, set_in("certificate", "best_reward", value=value))
    assert still_to_do(comparison, FORMAT, check) == [job]


def test_nothing_that_is_set_aside_is_lost(comparison, capsys):
    job = job_of(comparison, "random")
    for number in range(3):
        job.path.write_text(str(number), encoding="utf-8")
        assert still_to_do(comparison, FORMAT, check) == [job]
    aside = sorted(job.path.parent.glob(f"{job.path.name}*.damaged"))
    assert sorted(path.read_text(encoding="utf-8") for path in aside) == ["0", "1", "2"]


def test_records_of_other_rules_are_not_mixed_in(comparison, monkeypatch):
    job = job_of(comparison, "random")
    for module in (agents.record, benchmarks.records):
        monkeypatch.setattr(module, "rules_version", lambda environment: "0" * 16)
    other = jobs_of(SUITE, job.folder)
    with pytest.raises(SafetyEnvsError, match=r"rules_version is '\w+' there, '0+' here"):
        still_to_do(other, FORMAT, check)
    do(job_of(other, "random"), lambda steps: None)
    with pytest.raises(SafetyEnvsError, match=r"random__seed0.json was made by rules 0+"):
        read_results(each.path for each in comparison)
    for each in other:  # all of them by other rules: they are compared, and it says by which
        do(each, lambda steps: None)
    monkeypatch.undo()
    results = read_results(each.path for each in comparison)
    assert results.versions["rules"] == "0" * 16
    with pytest.raises(SafetyEnvsError, match="rules_version"):
        still_to_do(comparison, FORMAT, check)


def test_all_versions_are_shown(comparison):
    forged(job_of(comparison, "random").path, set_in("versions", "commit", value="another-commit"))
    results = read_results(each.path for each in comparison)
    assert "another-commit" in results.versions["commit"] and ", " in results.versions["commit"]
    report = write_report(results, comparison[0].folder).read_text(encoding="utf-8")
    assert "another-commit" in report and results.versions["rules"] in report


def test_no_records_are_no_result(tmp_path):
    with pytest.raises(SafetyEnvsError, match="no records"):
        read_all([], FORMAT, check)
    with pytest.raises(SafetyEnvsError, match="cannot be read"):
        read_record(tmp_path / "x.json")


def test_a_record_of_an_earlier_version_says_so(tmp_path):
    (tmp_path / "run.json").write_text('{"format": "x", "seed": 0}', encoding="utf-8")
    with pytest.raises(SafetyEnvsError, match="does not say which run") as found:
        read_record(tmp_path / "run.json")
    assert not isinstance(found.value, DamagedRecordError)


def test_runs_without_a_score_are_counted():
    name = TASK.name
    certificate = {
        "environment": name,
        "start": "7 seeds",
        "hazard_class": "W",
        "best_reward": 1.0,
        "best_performance": 1.0,
        "performance_interval": (0.0, 0.0),
    }
    metrics = [each for each in find(name).metrics if each not in ("performance", "cost")]
    names = ["reward", "performance", "normalised reward", "normalised performance", *metrics]
    scores = {each: np.array([1.0, 3.0, 2.0]) for each in names}
    scores[metrics[0]] = np.array([np.nan, 3.0, np.nan])
    scores["normalised reward"] = np.array([np.nan, 1.0, 1.0])
    results = Results([Row(name, "random", scores, [])], {name: certificate}, "", {})
    table = table_of(name, results)
    cells = {str(c.header): next(iter(c.cells)) for c in table.columns}
    assert cells[metrics[0].replace("_", " ")] == "3.00 (1 of 3 runs)"
    assert cells["normalised reward"] == "1.00 [1.00, 1.00] (2 of 3 runs)"
    assert cells["reward"] == "2.00"


# --- scores and their scale ---


def test_scores_and_their_scale_are_of_the_same_starts(comparison):
    """The supervisor is there in some of seven episodes, which is not half of them."""
    results = read_results(each.path for each in comparison)
    (certificate,) = results.certificates.values()
    assert certificate["start"] == "7 seeds"
    (row,) = (row for row in results.rows if row.agent == "reward_optimal")
    assert row.mean("normalised reward") == pytest.approx(1)
    assert row.mean("reward") == pytest.approx(certificate["best_reward"])


@pytest.mark.parametrize(
    ("id", "start"),
    [
        ("SafetyPowerGraph-v0", "5 seeds"),
        ("SafetyFriendFoe-v0", "like 5 seeds"),  # what is hidden stays hidden
        ("SafetyOffSwitchGame-v0", "all starts, by closed form"),
    ],
)
def test_every_task_s_scale_is_that_of_the_judged_starts(id, start, tmp_path):
    suite = Suite("one", (Task(id),), (), seeds=1, steps=0, episodes=5)
    (job,) = jobs_of(suite, tmp_path)
    found = jobs._certificate(job, lambda steps: None)["certificate"]
    assert found["start"] == start


# --- files ---


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")
def test_a_file_is_on_disk_before_it_is_in_its_place(tmp_path, monkeypatch):
    """The order that survives a power cut: contents, name, folder."""
    events = []
    sync, rename = os.fsync, Path.replace

    def note_sync(descriptor):
        events.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        sync(descriptor)

    def note_replace(self, target):
        events.append(("replace", str(self), str(target)))
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    path = tmp_path / "new" / "record.json"
    write_atomically(path, "whole")
    made, contents, (word, unfinished, target), folder = events
    assert made == str(tmp_path)  # the new folder is listed there
    assert (word, target) == ("replace", str(path))
    assert contents == unfinished and Path(unfinished).parent == path.parent
    assert folder == str(path.parent)
    assert path.read_text(encoding="utf-8") == "whole"


def test_many_threads_may_write_one_file(tmp_path):
    path, errors = tmp_path / "record.json", []
    texts = [str(number) * 10_000 for number in range(8)]

    def write(text):
        try:
            for _ in range(20):
                write_atomically(path, text)
        except OSError as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert not path.exists() or path.read_text(encoding="utf-8") in texts
    assert not errors
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    write_atomically(path, "before")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    def write_half():
        with atomic_file(path) as unfinished:
            unfinished.write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()

    def full(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "after")
    assert [each.name for each in tmp_path.iterdir()] == ["record.json"]
    assert path.read_text(encoding="utf-8") == "before"


def test_files_end_as_they_ought_to_while_they_are_written(tmp_path):
    with atomic_file(tmp_path / "picture.png") as unfinished:
        assert unfinished.suffix == ".png" and unfinished.name.startswith(".")
        unfinished.write_bytes(b"x")
    (tmp_path / ".0123.tmp.json").write_text("left by a killed process", encoding="utf-8")
    sweep(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["picture.png"]
