"""The runner: every job once, whatever dies, on every executor."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from agents.lock import locked
from benchmarks.harness.executors import executor
from benchmarks.harness.runner import run_jobs
from benchmarks.harness.store import Store
from safety_envs import SafetyEnvsError
from tests.benchmarks.stub_jobs import StubJob, times_run

ROOT = Path(__file__).parent.parent.parent
THREAD = partial(ThreadPoolExecutor, 1)
PROCESSES = partial(executor, "processes", 2)


def run(jobs, folder, make_executor=THREAD, **options):
    return run_jobs(
        jobs, folder, make_executor, workers=2, command="test", show_progress=False, **options
    )


def values(jobs, folder):
    return [Store(folder).read(job)["value"] for job in jobs]


def test_every_job_leaves_a_record_and_is_not_done_again(tmp_path):
    jobs = [StubJob(number) for number in range(5)]
    assert run(jobs, tmp_path).done == 5
    assert values(jobs, tmp_path) == [0, 1, 4, 9, 16]
    again = run(jobs, tmp_path)
    assert (again.done, again.before) == (0, 5)
    assert all(times_run(tmp_path, job) == 1 for job in jobs)


def test_only_the_difference_is_done_when_jobs_are_added(tmp_path):
    run([StubJob(number) for number in range(3)], tmp_path)
    more = [StubJob(number) for number in range(6)]
    assert run(more, tmp_path).done == 3
    assert [times_run(tmp_path, job) for job in more] == [1] * 6


def test_a_failed_job_is_reported_not_repeated_and_retried_on_request(tmp_path):
    jobs = [StubJob(0), StubJob(1, fails="once"), StubJob(2)]
    first = run(jobs, tmp_path)
    assert first.done == 2 and first.failed == {"stub-00001": "ValueError: job 1 fails"}
    assert "job 1 fails" in json.loads(Store(tmp_path).failure(jobs[1]).read_text())["traceback"]
    assert run(jobs, tmp_path).failed == first.failed
    assert times_run(tmp_path, jobs[1]) == 1
    assert run(jobs, tmp_path, retry=True).failed == {}
    assert values(jobs, tmp_path) == [0, 1, 4]
    assert Store(tmp_path).error(jobs[1]) is None


def test_a_damaged_record_is_set_aside_and_done_again(tmp_path, capsys):
    jobs = [StubJob(0), StubJob(1)]
    run(jobs, tmp_path)
    path = Store(tmp_path).record(jobs[1])
    path.write_text(path.read_text(encoding="utf-8").replace('"value": 1', '"value": 7'))
    assert run(jobs, tmp_path).done == 1
    assert values(jobs, tmp_path) == [0, 1]
    assert "damaged" in capsys.readouterr().err
    assert len(list(path.parent.glob("*.damaged"))) == 1


def test_a_job_that_kills_its_worker_fails_and_the_others_are_done(tmp_path):
    jobs = [StubJob(number, 0.05, dies=number == 2) for number in range(6)]
    outcome = run(jobs, tmp_path, PROCESSES)
    assert list(outcome.failed) == ["stub-00002"]
    assert "worker died 3 times" in outcome.failed["stub-00002"]
    assert values([job for job in jobs if not job.dies], tmp_path) == [0, 1, 9, 16, 25]


def test_a_second_runner_refuses_a_folder_that_is_in_use(tmp_path):
    with locked(tmp_path), pytest.raises(SafetyEnvsError, match="another process"):
        run([StubJob(0)], tmp_path)


def test_progress_of_running_jobs_is_reported_by_files(tmp_path):
    store = Store(tmp_path)
    for name in ("progress", "records"):
        (tmp_path / name).mkdir()
    (tmp_path / "progress" / "one").write_text("30")
    (tmp_path / "progress" / "two").write_text("12")
    (tmp_path / "progress" / "three").write_text("")  # being written
    assert store.progress_of_running() == 42
    run([StubJob(0)], tmp_path)
    assert not list((tmp_path / "progress").iterdir())


@pytest.mark.parametrize("name", ["proceses", "threads:host", "ray2:"])
def test_unknown_executors_are_refused(name):
    with pytest.raises(SafetyEnvsError, match="executor"):
        executor(name, 1)


def test_threads_refuse_several_workers():
    with pytest.raises(SafetyEnvsError, match="random state"):
        executor("threads", 2)


def start(folder, count, seconds):
    command = [sys.executable, "-m", "tests.benchmarks.stub_jobs", folder, count, seconds]
    return subprocess.Popen(
        [str(word) for word in command], cwd=ROOT, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def workers_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    try:
        return [int(word) for word in children.read_text().split()]
    except OSError:
        return []


def check_all_done(jobs, folder, deaths):
    assert values(jobs, folder) == [job.number**2 for job in jobs]
    # A job whose worker was killed is begun again; one that has a record never is.
    assert sum(times_run(folder, job) - 1 for job in jobs) <= 2 * deaths


def test_a_runner_that_is_killed_loses_nothing_and_does_nothing_twice(tmp_path):
    jobs = [StubJob(number, 0.1) for number in range(60)]
    moments = random.Random(0)
    deaths = 0
    while (process := start(tmp_path, len(jobs), 0.1)) and deaths < 8:
        try:
            process.wait(moments.uniform(0.5, 2))
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            deaths += 1
    process.kill()
    process.wait()
    assert deaths >= 2
    run(jobs, tmp_path)
    check_all_done(jobs, tmp_path, deaths)


@pytest.mark.skipif(sys.platform != "linux", reason="finds the workers in /proc")
def test_workers_that_are_killed_are_replaced(tmp_path):
    jobs = [StubJob(number, 0.1) for number in range(60)]
    process = start(tmp_path, len(jobs), 0.1)
    victims = random.Random(1)
    deaths = 0
    while process.poll() is None and deaths < 3:
        time.sleep(victims.uniform(0.5, 1.5))
        if list((tmp_path / "runs").glob("*")) and (children := workers_of(process)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victims.choice(children), signal.SIGKILL)
                deaths += 1
    assert process.wait(120) == 0
    assert deaths == 3
    check_all_done(jobs, tmp_path, deaths)
